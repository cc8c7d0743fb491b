#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "digest/sha256.h"
#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "testing/files.h"
#include "testing/prefixes.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

using testing::BytesOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::TinyBundle;
using testing::TinyGraph;
using testing::ValueKey;

// A checkpoint in memory.
struct Saved {
  explicit Saved(const TinyBundle& bundle) : files(bundle.Files("p")), reader(Opened(files)) {}
  static CheckpointReader Opened(const MemoryFiles& files) {
    auto opened = CheckpointReader::Open(files, "p", {});
    EXPECT_TRUE(opened) << opened.error().ToString();
    return *std::move(opened);
  }
  const Entry& operator[](std::string_view key) const { return *reader.Find(key); }

  MemoryFiles files;
  CheckpointReader reader;
};

std::string Hash(std::string_view bytes) {
  digest::Sha256 digest;
  digest.Update(std::as_bytes(std::span(bytes)));
  return digest.Hex();
}

TinyBundle Mixed() {
  TinyBundle bundle;
  bundle.AddFloats("matrix", {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  bundle.AddFloats("scalar", {}, {5});
  bundle.AddFloats("empty", {0, 4}, {});
  bundle.AddStrings("text", {2}, {"hi", ""});
  bundle.AddVariants("variant", {1}, {"\x0a\x01x"});
  bundle.Add("opaque", static_cast<DType>(99), {1}, "zz");
  bundle.AddSlice("parts", DType::kFloat32, {4, 2}, {{0, 2}, {0, 2}}, BytesOf<float>({0, 1, 2, 3}));
  bundle.AddSlice("parts", DType::kFloat32, {4, 2}, {{2, 2}, {0, 2}}, BytesOf<float>({4, 5, 6, 7}));
  return bundle;
}

std::vector<float> ReadFloats(const CheckpointReader& reader, const Entry& entry) {
  std::vector<float> out(static_cast<std::size_t>(entry.spec.shape.num_elements()));
  const Status read = reader.Read(entry, std::as_writable_bytes(std::span(out)));
  EXPECT_TRUE(read) << read.error().ToString();
  return out;
}

TEST(CheckpointReader, ListsWhatTheIndexSays) {
  const Saved saved(Mixed());
  EXPECT_FALSE(saved.reader.has_graph());
  EXPECT_EQ(saved.reader.object_graph(), nullptr);
  EXPECT_EQ(saved.reader.num_files(), 1u);
  std::vector<std::string> keys;
  for (const Entry& entry : saved.reader.entries()) keys.push_back(entry.key);
  EXPECT_THAT(keys, ElementsAre("empty", "matrix", "opaque", "parts", "scalar", "text", "variant"));
  EXPECT_EQ(saved["scalar"].bytes, 4u);
  EXPECT_EQ(saved["parts"].bytes, 32u);
  EXPECT_EQ(saved["matrix"].full_name, "matrix");
  EXPECT_EQ(saved.reader.Find("none"), nullptr);
}

TEST(CheckpointReader, TellsWhereEntriesAreStored) {
  const Saved saved(Mixed());
  const auto scalar = saved.reader.StoredAt(saved["scalar"]);
  EXPECT_EQ(scalar.offset, 48u);
  EXPECT_EQ(scalar.slices, 0u);
  EXPECT_TRUE(scalar.crc32c.has_value());
  const auto pieces = saved.reader.StoredPieces(saved["scalar"]).value();
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].offset, 48u);
  EXPECT_EQ(pieces[0].bytes, 4u);
  EXPECT_EQ(pieces[0].crc32c, scalar.crc32c);
  EXPECT_THAT(pieces[0].file, ::testing::EndsWith(".data-00000-of-00001"));
  const auto parts = saved.reader.StoredAt(saved["parts"]);
  EXPECT_EQ(parts.slices, 2u);
  EXPECT_EQ(parts.crc32c, std::nullopt);
  EXPECT_EQ(saved.reader.StoredPieces(saved["parts"]).value().size(), 2u);
  Entry other = saved["scalar"];
  EXPECT_EQ(saved.reader.StoredAt(other).offset, 48u);
  other.key = "none";
  EXPECT_EQ(saved.reader.StoredAt(other).offset, 0u);
  EXPECT_EQ(saved.reader.StoredPieces(other).error().slug, "checkpoint/not-its-entry");
}

TEST(CheckpointReader, ReadsWholeAndPartitionedTensors) {
  const Saved saved(Mixed());
  EXPECT_THAT(ReadFloats(saved.reader, saved["scalar"]), ElementsAre(5));
  EXPECT_THAT(ReadFloats(saved.reader, saved["parts"]), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(ReadFloats(saved.reader, saved["empty"]), ElementsAre());
  EXPECT_THAT(saved.reader.ReadStrings(saved["text"]).value(), ElementsAre("hi", ""));
  EXPECT_EQ(saved.reader.ReadRaw(saved["opaque"]).value(), "zz");
}

TEST(CheckpointReader, CopyOfAnEntryReadsTheSame) {
  const Saved saved(Mixed());
  const Entry copy = saved["scalar"];
  EXPECT_THAT(ReadFloats(saved.reader, copy), ElementsAre(5));
}

TEST(CheckpointReader, RefusesEntriesOfAnotherCheckpoint) {
  const Saved saved(Mixed());
  Entry stranger;
  stranger.key = "stranger";
  const auto status = saved.reader.Verify(stranger);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "checkpoint/not-its-entry");
}

TEST(CheckpointReader, RefusesBuffersOfAnotherSize) {
  const Saved saved(Mixed());
  std::vector<std::byte> out(47);
  const std::vector<SliceRange> row = {{0, 1}, {}};
  for (const Status& status : {saved.reader.Read(saved["matrix"], out),
                               saved.reader.ReadSlice(saved["matrix"], row, out)}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().key, "matrix");
  }
}

TEST(CheckpointReader, ReadsSlices) {
  const Saved saved(Mixed());
  for (const bool verify : {false, true}) {
    float cut[4] = {};
    const std::vector<SliceRange> ranges = {{1}, {1, 2}};
    ASSERT_TRUE(saved.reader.ReadSlice(saved["matrix"], ranges,
                                       std::as_writable_bytes(std::span(cut)), verify));
    EXPECT_THAT(cut, ElementsAre(5, 6, 9, 10));
    const std::vector<SliceRange> across = {{1, 2}, {}};
    ASSERT_TRUE(saved.reader.ReadSlice(saved["parts"], across,
                                       std::as_writable_bytes(std::span(cut)), verify));
    EXPECT_THAT(cut, ElementsAre(2, 3, 4, 5));
  }
}

TEST(CheckpointReader, RefusesSlicesThatAreNotThere) {
  const Saved saved(Mixed());
  std::byte out[16];
  const std::vector<SliceRange> rank = {{0, 1}};
  Status status = saved.reader.ReadSlice(saved["matrix"], rank, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "slice/rank");
  for (const SliceRange bad : {SliceRange{0, 4},
                               {3, 1},
                               {-1, 1},
                               {0, -2},
                               {4, -1},
                               {1, std::numeric_limits<std::int64_t>::max()}}) {
    const std::vector<SliceRange> ranges = {bad, {}};
    status = saved.reader.ReadSlice(saved["matrix"], ranges, out);
    ASSERT_FALSE(status) << bad.start << " " << bad.length;
    EXPECT_EQ(status.error().slug, "slice/out-of-range");
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CheckpointReader, NumbersOfStringsAreRefused) {
  const Saved saved(Mixed());
  for (const char* key : {"text", "variant", "opaque"}) {
    const Status status = saved.reader.Read(saved[key], {});
    ASSERT_FALSE(status) << key;
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported) << key;
    EXPECT_EQ(status.error().key, key);
  }
}

TEST(CheckpointReader, HashesTheValues) {
  const Saved saved(Mixed());
  EXPECT_EQ(saved.reader.Sha256(saved["scalar"]).value(), Hash(BytesOf<float>({5})));
  EXPECT_EQ(saved.reader.Sha256(saved["parts"]).value(),
            Hash(BytesOf<float>({0, 1, 2, 3, 4, 5, 6, 7})));
  EXPECT_EQ(saved.reader.Sha256(saved["empty"]).value(), Hash(""));
  EXPECT_EQ(saved.reader.Sha256(saved["text"]).value(),
            Hash(BytesOf<std::uint64_t>({2}) + "hi" + BytesOf<std::uint64_t>({0})));
  EXPECT_EQ(saved.reader.Sha256(saved["opaque"]).value(), Hash("zz"));
}

TEST(CheckpointReader, BigEndianFilesHashTheSame) {
  TinyBundle bundle = Mixed();
  const Saved little(bundle);
  const Saved big(bundle.SetBigEndian());
  EXPECT_TRUE(big.reader.big_endian());
  for (const char* key : {"matrix", "scalar", "parts", "text"}) {
    EXPECT_EQ(big.reader.Sha256(big[key]).value(), little.reader.Sha256(little[key]).value())
        << key;
  }
}

TEST(CheckpointReader, VerifiesEveryKindAndFindsEveryChangedByte) {
  const Saved saved(Mixed());
  for (const Entry& entry : saved.reader.entries()) {
    const auto status = saved.reader.Verify(entry);
    EXPECT_TRUE(status) << entry.key << status.error().ToString();
  }
  const std::string data = Mixed().Files("p").at("p.data-00000-of-00001");
  for (std::size_t at = 0; at < data.size(); ++at) {
    auto content = Mixed().Files("p");
    content["p.data-00000-of-00001"][at] ^= 0x10;
    const MemoryFiles damaged(content);
    const CheckpointReader reader = Saved::Opened(damaged);
    int failed = 0;
    for (const Entry& entry : reader.entries()) failed += !reader.Verify(entry);
    EXPECT_EQ(failed, 1) << at;
  }
}

TEST(CheckpointReader, HugeClaimsAllocateNothing) {
  TinyBundle bundle;
  bundle.AddFloats("a", {1}, {1});
  bundle.Edit("a", [](wire::BundleEntry& entry) {
    entry.shape.dims = {std::int64_t{1} << 50};
    entry.size = std::int64_t{1} << 52;
  });
  const Saved saved(bundle);
  for (const Status& status : {saved.reader.Verify(saved["a"]).map([](Integrity) {}),
                               saved.reader.CheckStored(saved["a"])}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_EQ(saved.reader.Sha256(saved["a"]).error().code, ErrorCode::kCorrupt);
}

TEST(CheckpointReader, FingerprintIsOfTheContentNotThePlace) {
  const Saved saved(Mixed());
  const MemoryFiles moved(Mixed().Files("elsewhere/q"));
  const auto other = CheckpointReader::Open(moved, "elsewhere/q", {});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->catalog().fingerprint, saved.reader.catalog().fingerprint);
  EXPECT_EQ(saved.reader.catalog().fingerprint.size(), 64u);
}

std::string FingerprintOf(const TinyBundle& bundle) {
  const Saved saved(bundle);
  return saved.reader.catalog().fingerprint;
}

TEST(CheckpointReader, FingerprintChangesWithEverything) {
  const std::string one = FingerprintOf(Mixed());
  const auto changed = [&](std::function<void(wire::BundleEntry&)> change) {
    TinyBundle bundle = Mixed();
    bundle.Edit("matrix", std::move(change));
    return FingerprintOf(bundle);
  };
  EXPECT_NE(changed([](wire::BundleEntry& entry) { entry.crc32c ^= 1; }), one);
  EXPECT_NE(changed([](wire::BundleEntry& entry) { entry.shape.dims = {4, 3}; }), one);
  EXPECT_NE(changed([](wire::BundleEntry& entry) { entry.dtype = 3; }), one);
  EXPECT_NE(changed([](wire::BundleEntry& entry) { entry.offset += 1; }), one);
  TinyBundle more = Mixed();
  more.AddFloats("z", {}, {1});
  EXPECT_NE(FingerprintOf(more), one);
}

TinyBundle WithGraph(TinyGraph* graph = nullptr) {
  TinyGraph tiny;
  const auto model = tiny.AddNode(0, "model");
  const auto kernel = tiny.AddVariable(model, "kernel", "model/kernel", "dense/kernel");
  tiny.AddEdge(0, "alias", kernel);
  TinyBundle bundle;
  bundle.AddFloats(ValueKey("model/kernel"), {2}, {1, 2});
  bundle.SetGraph(tiny);
  if (graph != nullptr) *graph = tiny;
  return bundle;
}

TEST(CheckpointReader, NamesVariablesByTheGraph) {
  const Saved saved(WithGraph());
  EXPECT_TRUE(saved.reader.has_graph());
  ASSERT_NE(saved.reader.object_graph(), nullptr);
  const Entry& kernel = saved[ValueKey("model/kernel")];
  EXPECT_EQ(kernel.full_name, "dense/kernel");
  EXPECT_THAT(kernel.paths, ElementsAre("alias", "model/kernel"));
}

TEST(CheckpointReader, ListsAndReadsByKeyAsTheCatalogWould) {
  const Saved saved(WithGraph()), named(WithGraph());
  ASSERT_EQ(saved.reader.num_entries(), named.reader.entries().size());
  EXPECT_EQ(saved.reader.kind_name(), "tf2-object");
  for (std::size_t i = 0; i < saved.reader.num_entries(); ++i) {
    const Entry& entry = named.reader.entries()[i];
    const auto listed = saved.reader.At(i);
    EXPECT_EQ(listed.key, entry.key);
    EXPECT_EQ(listed.spec, entry.spec);
    EXPECT_EQ(listed.bytes, entry.bytes);
    EXPECT_EQ(saved.reader.IndexOf(entry.key), i);
    EXPECT_TRUE(saved.reader.Verify(saved.reader.Bare(i)));
  }
  EXPECT_EQ(saved.reader.IndexOf("none"), std::nullopt);
  const auto kernel = saved.reader.IndexOf(ValueKey("model/kernel"));
  ASSERT_TRUE(kernel);
  const Entry bare = saved.reader.Bare(*kernel);
  EXPECT_THAT(ReadFloats(saved.reader, bare), ElementsAre(1, 2));
  EXPECT_EQ(saved.reader.StoredAt(bare).crc32c, named.reader.StoredAt(bare).crc32c);
  // Now the same object makes its catalog.
  EXPECT_EQ(saved.reader.catalog().entries, named.reader.catalog().entries);
  EXPECT_EQ(saved.reader.catalog().fingerprint, named.reader.catalog().fingerprint);
}

TEST(CheckpointReader, ReadsNoMoreOfTheFilesWhenTheCatalogIsMade) {
  const MemoryFiles memory(WithGraph().Files("p"));
  const testing::CountingFiles files(memory);
  const auto opened = CheckpointReader::Open(files, "p", {});
  ASSERT_TRUE(opened);
  const std::uint64_t reads = files.reads(), opens = files.opens();
  EXPECT_NE(opened->object_graph(), nullptr);
  EXPECT_EQ(opened->entries().size(), 2u);
  EXPECT_THAT(opened->notes(), ElementsAre());
  EXPECT_EQ(files.reads(), reads);
  EXPECT_EQ(files.opens(), opens);
}

TEST(CheckpointReader, MakesOneCatalogHoweverManyAskFirst) {
  for (int round = 0; round < 20; ++round) {
    const Saved saved(WithGraph());
    std::vector<const Catalog*> catalogs(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < catalogs.size(); ++i) {
      threads.emplace_back([&, i] {
        const bool verified = i % 2 == 0 || saved.reader.Verify(saved.reader.Bare(0)).has_value();
        EXPECT_TRUE(verified);
        const bool has_graph = i % 3 == 0 || saved.reader.object_graph() != nullptr;
        EXPECT_TRUE(has_graph);
        catalogs[i] = &saved.reader.catalog();
        EXPECT_TRUE(saved.reader.Verify(catalogs[i]->entries[1]));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Catalog* catalog : catalogs) EXPECT_EQ(catalog, catalogs[0]);
  }
}

TEST(CheckpointReader, VariableThatIsTheRootHasNoPath) {
  TinyGraph tiny;
  tiny.graph().nodes[0].attributes.push_back(
      {"VARIABLE_VALUE", "v", "/.ATTRIBUTES/VARIABLE_VALUE"});
  TinyBundle bundle;
  bundle.AddFloats("/.ATTRIBUTES/VARIABLE_VALUE", {}, {1}).SetGraph(tiny);
  const Saved saved(bundle);
  EXPECT_THAT(saved["/.ATTRIBUTES/VARIABLE_VALUE"].paths, ElementsAre());
  EXPECT_EQ(saved["/.ATTRIBUTES/VARIABLE_VALUE"].full_name, "v");
}

TEST(CheckpointReader, GraphInAMissingFileLeavesTheNames) {
  auto content = WithGraph().Files("p");
  content.erase("p.data-00000-of-00001");
  const MemoryFiles files(content);
  const auto opened = CheckpointReader::Open(files, "p", {});
  ASSERT_TRUE(opened) << opened.error().ToString();
  EXPECT_TRUE(opened->has_graph());
  EXPECT_EQ(opened->object_graph(), nullptr);
  ASSERT_EQ(opened->notes().size(), 1u);
  EXPECT_THAT(opened->notes()[0], HasSubstr("p.data-00000-of-00001, which is missing"));
  EXPECT_THAT(opened->Find(ValueKey("model/kernel"))->paths, ElementsAre("model/kernel"));
}

// Where the graph of WithGraph() is in its data file.
std::string_view GraphIn(const std::string& data) {
  return std::string_view(data).substr(2 * sizeof(float));
}

// What can be had without the graph; `entries` are listed, the two floats are whole.
void ExpectSalvaged(const CheckpointReader& reader, std::string_view how) {
  EXPECT_EQ(reader.object_graph(), nullptr) << how;
  EXPECT_TRUE(reader.has_graph()) << how;
  EXPECT_TRUE(reader.catalog().graph_error) << how;
  ASSERT_EQ(reader.notes().size(), 1u) << how;
  EXPECT_THAT(reader.notes()[0], HasSubstr("object graph")) << how;
  ASSERT_EQ(reader.entries().size(), 2u) << how;
  const Entry& kernel = *reader.Find(ValueKey("model/kernel"));
  EXPECT_THAT(kernel.paths, ElementsAre("model/kernel")) << how;
  EXPECT_THAT(ReadFloats(reader, kernel), ElementsAre(1, 2)) << how;
  for (const Entry& entry : reader.entries()) {
    EXPECT_EQ(reader.Verify(entry).has_value(), &entry == &kernel) << how << entry.key;
  }
}

TEST(CheckpointReader, NoChangedByteOfTheGraphTakesTheRestAlong) {
  const std::string data = WithGraph().Files("p").at("p.data-00000-of-00001");
  testing::ForEveryByteFlip(GraphIn(data), [&](std::string_view graph, std::size_t at) {
    auto content = WithGraph().Files("p");
    content["p.data-00000-of-00001"] = data.substr(0, data.size() - graph.size()).append(graph);
    const MemoryFiles files(content);
    ExpectSalvaged(Saved::Opened(files), "byte " + std::to_string(at));
    // Without checksums a changed name is another name: either it parses, or a note says so.
    const auto trusting = CheckpointReader::Open(files, "p", {.verify_checksums = false});
    ASSERT_TRUE(trusting) << at;
    EXPECT_NE(trusting->object_graph() == nullptr, trusting->notes().empty()) << at;
    EXPECT_FALSE(trusting->Verify(*trusting->Find("_CHECKPOINTABLE_OBJECT_GRAPH"))) << at;
  });
}

TEST(CheckpointReader, NoCutInTheGraphTakesTheRestAlong) {
  const std::string data = WithGraph().Files("p").at("p.data-00000-of-00001");
  testing::ForEveryPrefix(GraphIn(data), [&](std::string_view graph) {
    auto content = WithGraph().Files("p");
    std::string& cut = content["p.data-00000-of-00001"];
    cut.resize(cut.size() - GraphIn(data).size() + graph.size());
    const MemoryFiles files(content);
    ExpectSalvaged(Saved::Opened(files), "cut at " + std::to_string(graph.size()));
  });
}

TEST(CheckpointReader, GraphThatIsNoGraphIsNoted) {
  // Whole bytes that make no sense: several strings, a number, no message.
  TinyBundle several, number, garbage;
  several.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {2}, {"", ""});
  number.AddFloats("_CHECKPOINTABLE_OBJECT_GRAPH", {}, {1});
  garbage.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {}, {"\xff\xff"});
  for (TinyBundle* bundle : {&several, &number, &garbage}) {
    bundle->AddFloats(ValueKey("model/kernel"), {2}, {1, 2});
    const Saved saved(*bundle);
    ExpectSalvaged(saved.reader, saved.reader.catalog().graph_error->slug);
    const auto status = saved.reader.Verify(saved["_CHECKPOINTABLE_OBJECT_GRAPH"]);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
  }
}

TEST(CheckpointReader, PointerInPlaceOfTheDataIsNamed) {
  auto content = WithGraph().Files("p");
  content["p.data-00000-of-00001"] =
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 30\n";
  const MemoryFiles files(content);
  const CheckpointReader reader = Saved::Opened(files);
  ASSERT_EQ(reader.notes().size(), 1u);
  EXPECT_THAT(reader.notes()[0], HasSubstr("Git LFS pointer"));
  EXPECT_THAT(reader.notes()[0], HasSubstr("git lfs pull"));
  EXPECT_EQ(reader.entries().size(), 2u);
  for (const Entry& entry : reader.entries()) EXPECT_FALSE(reader.Verify(entry)) << entry.key;
}

TEST(CheckpointReader, EveryFailingReadIsAnErrorOrANote) {
  const MemoryFiles files(WithGraph().Files("p"));
  int errors = 0, notes = 0;
  for (std::uint64_t read = 1;; ++read) {
    ASSERT_LT(read, 100u);
    const testing::FaultFiles faulty(files, read);
    const auto opened = CheckpointReader::Open(faulty, "p", {});
    if (!faulty.failed()) {
      EXPECT_TRUE(opened);
      EXPECT_THAT(opened->notes(), ElementsAre());
      break;
    }
    // Without its index a file is nothing; without its graph it has keys.
    opened ? ++notes : ++errors;
    if (!opened) continue;
    EXPECT_EQ(opened->catalog().graph_error->slug, "test/fault") << read;
  }
  EXPECT_GT(errors, 1);
  EXPECT_GT(notes, 0);
}

TEST(CheckpointReader, OpeningReadsTheIndexAndTheGraphOnly) {
  TinyBundle bundle = WithGraph();
  bundle.AddFloats("big", {100'000}, std::vector<float>(100'000));
  const MemoryFiles files(bundle.Files("p"));
  const testing::CountingFiles counting(files);
  ASSERT_TRUE(CheckpointReader::Open(counting, "p", {}));
  EXPECT_LT(counting.bytes_read("p.data-00000-of-00001"), 1000u);
}

TEST(CheckpointReader, ManyThreadsReadAtOnce) {
  const Saved saved(Mixed());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        EXPECT_THAT(ReadFloats(saved.reader, saved["parts"]), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace regraft
