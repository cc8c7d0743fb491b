#include "wire/messages.h"

#include <gtest/gtest.h>

#include "testing/prefixes.h"

namespace regraft::wire {
namespace {

std::string Hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// Entries that TensorFlow wrote (docs/format/bundle.md).
const char* const kEntries[] = {
    "08011200200c2804355e2fe1a7",
    "0803120412020803280c356ebfb8c6",
    "080712041202080220102808359e9e48ed",
    "08091206120012020802201835d8ea82a2",
    "0801120812020804120208023a080a0210020a0210023a0a0a04080210020a021002",
    "080a12041202080328033575599106",
    "080712021200280435f6c10c64",
    "08071200280835c3d19a19",
    "080912002808350175de41",
    "0821120412020803280335d508a342"};

// The graph of a checkpoint with one module of two variables, by TensorFlow.
constexpr char kGraph[] =
    "0a210a09080112056d6f64656c0a100802120c736176655f636f756e7465722a0208010a1a0a0a080312066b"
    "65726e656c0a0808041204626961732a0208010a4d12470a0e5641524941424c455f56414c5545120c736176"
    "655f636f756e7465721a27736176655f636f756e7465722f2e415454524942555445532f5641524941424c45"
    "5f56414c55452a0208010a4d12470a0e5641524941424c455f56414c5545120c64656e73652f6b65726e656c"
    "1a276d6f64656c2f6b65726e656c2f2e415454524942555445532f5641524941424c455f56414c55452a0208"
    "010a4912430a0e5641524941424c455f56414c5545120a64656e73652f626961731a256d6f64656c2f626961"
    "732f2e415454524942555445532f5641524941424c455f56414c55452a020801";

TEST(BundleEntry, ReadsAndWritesTensorFlowsBytes) {
  for (const char* hex : kEntries) {
    const Result<BundleEntry> entry = DecodeBundleEntry(Hex(hex));
    ASSERT_TRUE(entry) << hex;
    EXPECT_EQ(EncodeBundleEntry(*entry), Hex(hex)) << hex;
  }
}

TEST(BundleEntry, HasTheValuesThatTheBytesSay) {
  const BundleEntry z = *DecodeBundleEntry(Hex(kEntries[3]));
  EXPECT_EQ(z.dtype, 9);
  EXPECT_EQ(z.shape.dims, (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(z.offset, 24);
  EXPECT_EQ(z.size, 0);
  EXPECT_EQ(z.crc32c, 0xa282ead8u);
  const BundleEntry parent = *DecodeBundleEntry(Hex(kEntries[4]));
  EXPECT_EQ(parent.slices, (std::vector<TensorSlice>{{{0, 2}, {0, 2}}, {{2, 2}, {0, 2}}}));
  EXPECT_FALSE(parent.has_crc32c);
}

TEST(BundleEntry, SkipsUnknownFieldsInAnyOrder) {
  // Field 15 as a varint, 14 as a text, then the entry's own fields backwards.
  const Result<BundleEntry> entry =
      DecodeBundleEntry(Hex("7805"
                            "720161"
                            "355e2fe1a7"
                            "2804"
                            "200c"
                            "1200"
                            "0801"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(EncodeBundleEntry(*entry), Hex(kEntries[0]));
}

TEST(BundleEntry, TakesANumberThatDoesNotFitAsItsLowBits) {
  EXPECT_EQ(DecodeBundleEntry(Hex("08ffffffffffffffffff01"))->dtype, -1);
  EXPECT_EQ(DecodeBundleEntry(Hex("3a020a00"))->slices, (std::vector<TensorSlice>{{{0, -1}}}));
}

TEST(BundleHeader, ReadsAndWritesTensorFlowsBytes) {
  for (const char* hex : {"08011a020801", "08021a020801"}) {
    EXPECT_EQ(EncodeBundleHeader(*DecodeBundleHeader(Hex(hex))), Hex(hex));
  }
  const BundleHeader packed =
      *DecodeBundleHeader(Hex("1a06"
                              "1001"
                              "1a020102"));
  EXPECT_EQ(packed.version.min_consumer, 1);
  EXPECT_EQ(packed.version.bad_consumers, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(DecodeBundleHeader(Hex("1a04"
                                   "18011802"))
                ->version.bad_consumers,
            (std::vector<std::int32_t>{1, 2}));
  EXPECT_TRUE(DecodeBundleHeader(Hex("1001"))->big_endian);
}

ObjectGraph Sample() {
  ObjectGraph graph;
  graph.nodes.resize(3);
  graph.nodes[0].children = {{1, "model"}, {0, "root"}, {0, ""}};
  graph.nodes[1].attributes = {
      {"VARIABLE_VALUE", "dense/kernel", "model/.ATTRIBUTES/VARIABLE_VALUE"}};
  graph.nodes[1].has_checkpoint_values = true;
  graph.nodes[2].slot_variables = {{1, "m", 2}};
  graph.nodes[2].registered_saver = RegisteredSaver{"saver", "object"};
  graph.nodes[2].has_checkpoint_values = false;
  return graph;
}

TEST(ObjectGraph, ReadsAndWritesTensorFlowsBytes) {
  const Result<ObjectGraph> graph = DecodeObjectGraph(Hex(kGraph));
  ASSERT_TRUE(graph);
  EXPECT_EQ(EncodeObjectGraph(*graph), Hex(kGraph));
  ASSERT_EQ(graph->nodes.size(), 5u);
  EXPECT_EQ(graph->nodes[0].children[1].node_id, 2);
  EXPECT_EQ(graph->nodes[0].children[1].local_name, "save_counter");
  ASSERT_EQ(graph->nodes[3].attributes.size(), 1u);
  EXPECT_EQ(graph->nodes[3].attributes[0].name, "VARIABLE_VALUE");
  EXPECT_EQ(graph->nodes[3].attributes[0].full_name, "dense/kernel");
  EXPECT_EQ(graph->nodes[3].attributes[0].checkpoint_key,
            "model/kernel/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(graph->nodes[3].has_checkpoint_values, true);
}

TEST(ObjectGraph, LeavesTheNumberOfTheRootOut) {
  ObjectGraph graph;
  graph.nodes.resize(1);
  graph.nodes[0].children = {{0, "root"}};
  EXPECT_EQ(EncodeObjectGraph(graph), Hex("0a08"
                                          "0a06"
                                          "1204726f6f74"));
}

TEST(ObjectGraph, ReadsBackWhatIsWritten) {
  const std::string bytes = EncodeObjectGraph(Sample());
  const Result<ObjectGraph> graph = DecodeObjectGraph(bytes);
  ASSERT_TRUE(graph);
  EXPECT_EQ(EncodeObjectGraph(*graph), bytes);
  EXPECT_EQ(graph->nodes[0].children.size(), 3u);
  EXPECT_EQ(graph->nodes[0].children[2].local_name, "");
  EXPECT_EQ(graph->nodes[1].attributes[0].full_name, "dense/kernel");
  EXPECT_EQ(graph->nodes[2].slot_variables[0].slot_name, "m");
  EXPECT_EQ(graph->nodes[2].has_checkpoint_values, false);
  EXPECT_EQ(graph->nodes[0].has_checkpoint_values, std::nullopt);
}

TEST(Decoders, SurviveEveryPrefixAndEveryFlip) {
  const auto check = [](auto decode, std::string_view bytes) {
    const auto one = [&](std::string_view damaged) {
      if (const auto result = decode(damaged); !result) {
        EXPECT_EQ(result.error().slug, "wire/bad-message");
      }
    };
    testing::ForEveryPrefix(bytes, one);
    testing::ForEveryByteFlip(bytes, [&](std::string_view damaged, std::size_t) { one(damaged); });
  };
  for (const char* hex : kEntries) check(DecodeBundleEntry, Hex(hex));
  check(DecodeBundleHeader, Hex("08021a06080110011a0101"));
  check(DecodeObjectGraph, EncodeObjectGraph(Sample()));
  check(DecodeObjectGraph, Hex(kGraph));
}

TEST(Decoders, RefuseWrongWireTypesAndLengths) {
  EXPECT_FALSE(DecodeBundleEntry(Hex("0a0161")));                    // dtype as a text.
  EXPECT_FALSE(DecodeBundleEntry(Hex("3001")));                      // crc32c as a varint.
  EXPECT_FALSE(DecodeBundleEntry(Hex("12ffffffff0f")));              // A shape of 4 GiB.
  EXPECT_FALSE(DecodeBundleEntry(Hex("08ffffffffffffffffffff01")));  // Eleven bytes of varint.
  EXPECT_FALSE(DecodeObjectGraph(Hex("0801")));
}

}  // namespace
}  // namespace regraft::wire
