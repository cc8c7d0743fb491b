// Files that TensorFlow 2.15 and 2.21 write, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle_reader.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using ::testing::ElementsAre;

std::string Hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// SaveV2 of b, a, s, z, in that order.
constexpr char kPlainIndex[] =
    "00000608011a02080100010d6108011200200c2804355e2fe1a700010f620803120412020803280c356ebfb8"
    "c600011173080712041202080220102808359e9e48ed0001117a08091206120012020802201835d8ea82a200"
    "000000010000000088fac124000000000100000000c0f2a1b00001027b005f000000000100000000ec6d6517"
    "6408710e00000000000000000000000000000000000000000000000000000000000000000000000057fb808b"
    "247547db";
constexpr char kPlainData[] = "0100000002000000030000000000c03f020078270b346869";

// SaveV2 of `p` with the specs "4 2 0,2:0,2" and "4 2 2,2:0,2".
constexpr char kSlicedIndex[] =
    "00000608011a020801000a1300700001010280828082080112081202080212020802281035938deb32060415"
    "828280820801120812020802120208022010281035f8e7bbaa000122700801120812020804120208023a080a"
    "0210020a0210023a0a0a04080210020a021002000000000100000000f368cc67000000000100000000c0f2a1"
    "b00001027100730000000001000000004e97c4a4780885010e00000000000000000000000000000000000000"
    "0000000000000000000000000000000057fb808b247547db";

// tf.train.Checkpoint(model=m).save() of a module with the variables kernel and bias.
constexpr char kObjectIndex[] =
    "00000608011a020801001c0e5f434845434b504f494e5441424c455f4f424a4543545f475241504808071200"
    "201428ae023531d3aad20025116d6f64656c2f626961732f2e415454524942555445532f5641524941424c45"
    "5f56414c5545080112041202080120102804350638271f0621156b65726e656c2f2e41545452494255544553"
    "2f5641524941424c455f56414c55450801120812020802120208012008280835593ce53500270b736176655f"
    "636f756e7465722f2e415454524942555445532f5641524941424c455f56414c5545080912002808350175de"
    "410000000001000000009edbea1b000000000100000000c0f2a1b00001037400e5010000000001000000001a"
    "0781adea0108f7010f0000000000000000000000000000000000000000000000000000000000000000000057"
    "fb808b247547db";
constexpr char kObjectData[] =
    "01000000000000000000803f000000400000003fa80267832c000a210a09080112056d6f64656c0a10080212"
    "0c736176655f636f756e7465722a0208010a1a0a0a080312066b65726e656c0a0808041204626961732a0208"
    "010a4d12470a0e5641524941424c455f56414c5545120c736176655f636f756e7465721a27736176655f636f"
    "756e7465722f2e415454524942555445532f5641524941424c455f56414c55452a0208010a4d12470a0e5641"
    "524941424c455f56414c5545120c64656e73652f6b65726e656c1a276d6f64656c2f6b65726e656c2f2e4154"
    "54524942555445532f5641524941424c455f56414c55452a0208010a4912430a0e5641524941424c455f5641"
    "4c5545120a64656e73652f626961731a256d6f64656c2f626961732f2e415454524942555445532f56415249"
    "41424c455f56414c55452a020801";
constexpr char kObjectGraph[] =
    "0a210a09080112056d6f64656c0a100802120c736176655f636f756e7465722a0208010a1a0a0a080312066b"
    "65726e656c0a0808041204626961732a0208010a4d12470a0e5641524941424c455f56414c5545120c736176"
    "655f636f756e7465721a27736176655f636f756e7465722f2e415454524942555445532f5641524941424c45"
    "5f56414c55452a0208010a4d12470a0e5641524941424c455f56414c5545120c64656e73652f6b65726e656c"
    "1a276d6f64656c2f6b65726e656c2f2e415454524942555445532f5641524941424c455f56414c55452a0208"
    "010a4912430a0e5641524941424c455f56414c5545120a64656e73652f626961731a256d6f64656c2f626961"
    "732f2e415454524942555445532f5641524941424c455f56414c55452a020801";

using Files = std::map<std::string, std::string>;

Files Golden(const char* index, std::string data) {
  return {{"p.index", Hex(index)}, {"p.data-00000-of-00001", std::move(data)}};
}

std::string FloatBytes(const std::vector<float>& values) { return testing::BytesOf(values); }

std::string ReadAll(const BundleReader& reader, std::string_view key) {
  const std::ptrdiff_t at = reader.Find(key);
  EXPECT_GE(at, 0) << key;
  const BundleTensor& tensor = reader.tensors()[static_cast<std::size_t>(at)];
  std::string out(tensor.spec.Bytes().value(), '\xaa');
  const Status status = reader.Read(tensor, std::as_writable_bytes(std::span(out)), true);
  EXPECT_TRUE(status) << status.error().ToString();
  return out;
}

testing::TinyBundle PlainBundle() {
  testing::TinyBundle bundle;
  bundle.Add("b", DType::kInt32, {3}, testing::BytesOf<std::int32_t>({1, 2, 3}))
      .AddFloats("a", {}, {1.5f})
      .AddStrings("s", {2}, {"hi", ""})
      .Add("z", DType::kInt64, {0, 2}, "");
  return bundle;
}

testing::TinyBundle SlicedBundle() {
  testing::TinyBundle bundle;
  bundle.AddSlice("p", DType::kFloat32, {4, 2}, {{0, 2}, {0, 2}}, FloatBytes({0, 1, 2, 3}))
      .AddSlice("p", DType::kFloat32, {4, 2}, {{2, 2}, {0, 2}}, FloatBytes({4, 5, 6, 7}));
  return bundle;
}

testing::TinyGraph ObjectGraph() {
  testing::TinyGraph graph;
  const auto model = graph.AddNode(0, "model");
  graph.AddVariable(0, "save_counter", "save_counter", "save_counter");
  graph.AddVariable(model, "kernel", "model/kernel", "dense/kernel");
  graph.AddVariable(model, "bias", "model/bias", "dense/bias");
  return graph;
}

testing::TinyBundle ObjectBundle() {
  testing::TinyBundle bundle;
  bundle.AddInt64s(testing::ValueKey("save_counter"), {}, {1})
      .AddFloats(testing::ValueKey("model/kernel"), {2, 1}, {1, 2})
      .AddFloats(testing::ValueKey("model/bias"), {1}, {0.5f})
      .SetGraph(ObjectGraph());
  return bundle;
}

TEST(TinyBundle, WritesWhatTensorFlowWrites) {
  EXPECT_EQ(PlainBundle().Files("p"), Golden(kPlainIndex, Hex(kPlainData)));
  EXPECT_EQ(SlicedBundle().Files("p"), Golden(kSlicedIndex, FloatBytes({0, 1, 2, 3, 4, 5, 6, 7})));
  EXPECT_EQ(wire::EncodeObjectGraph(ObjectGraph().graph()), Hex(kObjectGraph));
  EXPECT_EQ(ObjectBundle().Files("p"), Golden(kObjectIndex, Hex(kObjectData)));
}

TEST(BundleReader, ReadsThePlainGolden) {
  const testing::MemoryFiles files(Golden(kPlainIndex, Hex(kPlainData)));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ(reader->num_shards(), 1);
  EXPECT_FALSE(reader->big_endian());
  ASSERT_EQ(reader->tensors().size(), 4u);
  EXPECT_EQ(reader->tensors()[0].key, "a");
  EXPECT_EQ(reader->tensors()[1].spec, (TensorSpec{DType::kInt32, {3}}));
  EXPECT_EQ(reader->tensors()[3].spec, (TensorSpec{DType::kInt64, {0, 2}}));
  EXPECT_EQ(reader->Find("q"), -1);
  EXPECT_EQ(reader->Find(""), -1);

  EXPECT_EQ(ReadAll(*reader, "a"), FloatBytes({1.5f}));
  EXPECT_EQ(ReadAll(*reader, "b"), testing::BytesOf<std::int32_t>({1, 2, 3}));
  EXPECT_EQ(ReadAll(*reader, "z"), "");
  const auto strings = reader->ReadStrings(reader->tensors()[2], true);
  ASSERT_TRUE(strings) << strings.error().ToString();
  EXPECT_THAT(*strings, ElementsAre("hi", ""));
}

TEST(BundleReader, AssemblesTheSlicedGolden) {
  const testing::MemoryFiles files(
      Golden(kSlicedIndex, FloatBytes({0, 1, 2, 3, 4, 5, 6, 7})));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  ASSERT_EQ(reader->tensors().size(), 1u);
  const BundleTensor& tensor = reader->tensors()[0];
  EXPECT_TRUE(tensor.partitioned);
  ASSERT_EQ(tensor.pieces.size(), 2u);
  EXPECT_THAT(tensor.pieces[1].start, ElementsAre(2, 0));
  EXPECT_EQ(tensor.pieces[1].offset, 16u);
  EXPECT_EQ(ReadAll(*reader, "p"), FloatBytes({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(BundleReader, ReadsTheObjectGolden) {
  const testing::MemoryFiles files(Golden(kObjectIndex, Hex(kObjectData)));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ(ReadAll(*reader, testing::ValueKey("model/kernel")), FloatBytes({1, 2}));
  const std::ptrdiff_t at = reader->Find("_CHECKPOINTABLE_OBJECT_GRAPH");
  ASSERT_EQ(at, 0);
  const auto graph = reader->ReadStrings(reader->tensors()[0], true);
  ASSERT_TRUE(graph) << graph.error().ToString();
  EXPECT_THAT(*graph, ElementsAre(Hex(kObjectGraph)));
}

// One tensor as both versions of TensorFlow stored it (or the newer alone, for its types).
struct StoredTensor {
  const char* what;
  const char* entry;
  const char* data;
  TensorSpec spec;
};

class StoredElements : public ::testing::TestWithParam<StoredTensor> {};

TEST_P(StoredElements, AreReadAsTheyAre) {
  const std::string data = Hex(GetParam().data);
  testing::TinyBundle bundle;
  Files content = bundle.PutRaw("t", Hex(GetParam().entry)).Files("p");
  content["p.data-00000-of-00001"] = data;
  const testing::MemoryFiles files(content);
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  ASSERT_EQ(reader->tensors().size(), 1u);
  const BundleTensor& tensor = reader->tensors()[0];
  EXPECT_TRUE(tensor.fault.empty()) << tensor.fault[0].ToString();
  EXPECT_EQ(tensor.spec, GetParam().spec);
  const auto raw = reader->ReadRaw(tensor, true);
  ASSERT_TRUE(raw) << raw.error().ToString();
  EXPECT_EQ(*raw, data);
  if (tensor.spec.dtype == DType::kString) return;
  EXPECT_EQ(ReadAll(*reader, "t"), data);
}

INSTANTIATE_TEST_SUITE_P(
    TensorFlow, StoredElements,
    ::testing::Values(
        StoredTensor{"bool", "080a12041202080328033575599106", "010001", {DType::kBool, {3}}},
        StoredTensor{"no_strings", "080712021200280435f6c10c64", "d8ea82a2", {DType::kString, {0}}},
        StoredTensor{"string", "08071200280835c3d19a19", "03633f7f28616263", {DType::kString, {}}},
        StoredTensor{"bfloat16", "080e12041202080328063538825c25", "803f00404040",
                     {DType::kBfloat16, {3}}},
        StoredTensor{"float8_e5m2", "08181204120208032803359fbef4c7", "3cc038",
                     {DType::kFloat8E5m2, {3}}},
        StoredTensor{"float8_e4m3fn", "0819120412020803280335a0e65e7f", "38c030",
                     {DType::kFloat8E4m3fn, {3}}},
        StoredTensor{"float4_e2m1fn", "0821120412020803280335d508a342", "020c01",
                     {DType::kFloat4E2m1fn, {3}}},
        StoredTensor{"int4", "081d120412020804280435fd117084", "01000e01", {DType::kInt4, {4}}},
        StoredTensor{"int2", "081f120412020804280435f06aa747", "01000201", {DType::kInt2, {4}}}),
    [](const auto& test) { return test.param.what; });

TEST(BundleReader, AcceptsNoStringsInNoBytes) {
  testing::TinyBundle bundle;
  const testing::MemoryFiles files(
      bundle.PutRaw("t", Hex("08071202120035d8ea82a2")).Files("p"));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  const auto strings = reader->ReadStrings(reader->tensors()[0], true);
  ASSERT_TRUE(strings) << strings.error().ToString();
  EXPECT_TRUE(strings->empty());
}

}  // namespace
}  // namespace regraft::bundle
