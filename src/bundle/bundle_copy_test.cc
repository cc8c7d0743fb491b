// Copying stored tensors from one bundle into another.
#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bundle/test_writing.h"
#include "testing/files.h"

namespace regraft::bundle {
namespace {

using testing::BytesOf;

// Of every kind that can be stored.
testing::TinyBundle Mixed() {
  testing::TinyBundle bundle;
  bundle.AddFloats("w", {3}, {1, 2, 3})
      .AddStrings("s", {2}, {"one", std::string(300, 'x')})
      .AddStrings("none", {0}, {})
      .AddVariants("v", {2}, {"ab", ""})
      .Add("opaque", static_cast<DType>(99), {2}, "anything")
      .AddSlice("p", DType::kInt64, {2, 2}, {{0, 1}, {0, -1}}, BytesOf<std::int64_t>({5, 6}))
      .InShard(1)
      .AddSlice("p", DType::kInt64, {2, 2}, {{1, 1}, {0, -1}}, BytesOf<std::int64_t>({7, 8}))
      .Add("empty", DType::kFloat64, {0}, "")
      .SetShards(2);
  return bundle;
}

TEST(BundleWriter, CopiesAWholeBundleByteForByte) {
  const Files expected = Mixed().Files("p");
  const testing::MemoryFiles files(expected);
  const auto from_opened = Open(files);
  const BundleReader& from = *from_opened;
  for (const bool verify : {true, false}) {
    SCOPED_TRACE(verify);
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    for (const char* key : {"w", "s", "none", "v", "opaque"}) {
      EXPECT_EQ(Text(writer.AddStored(key, from, Find(from, key), verify)), "");
    }
    EXPECT_EQ(Text(writer.AddStoredPiece("p", from, Find(from, "p"), 0, verify)), "");
    EXPECT_EQ(Text(writer.StartShard()), "");
    EXPECT_EQ(Text(writer.AddStoredPiece("p", from, Find(from, "p"), 1, verify)), "");
    EXPECT_EQ(Text(writer.AddStored("empty", from, Find(from, "empty"), verify)), "");
    EXPECT_EQ(Text(writer.Finish()), "");
    EXPECT_EQ(disk.Content(), expected);
  }
}

TEST(BundleWriter, CopiesNeighboursInOnePiece) {
  testing::TinyBundle bundle;
  for (int i = 10; i < 99; ++i) bundle.AddFloats(std::to_string(i), {2}, {1, 2});
  const Files expected = bundle.Files("p");
  const testing::MemoryFiles files(expected);
  std::uint64_t operations = 0;
  for (const bool many : {false, true}) {
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    {
      // The reader need not live until the bytes are copied.
      const auto from_opened = Open(files);
      const BundleReader& from = *from_opened;
      for (const archive::StoredTensor& tensor : from.tensors().first(many ? 89 : 1)) {
        EXPECT_EQ(Text(writer.AddStored(tensor.key, from, tensor, true)), "");
      }
    }
    EXPECT_EQ(Text(writer.Finish()), "");
    if (many) {
      EXPECT_EQ(disk.Content(), expected);
      EXPECT_EQ(disk.operations(), operations);
    }
    operations = disk.operations();
  }
}

TEST(BundleWriter, KeepsTheOrderOfWhatIsCopiedAndWhatIsNot) {
  testing::TinyBundle bundle;
  bundle.Add("a", DType::kUint8, {1}, "a").Add("b", DType::kUint8, {1}, "b");
  const testing::MemoryFiles files(bundle.Files("p"));
  const auto from_opened = Open(files);
  const BundleReader& from = *from_opened;
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  EXPECT_EQ(Text(writer.AddStored("a", from, Find(from, "a"), true)), "");
  EXPECT_EQ(Text(writer.Add("x", {DType::kUint8, {1}}, Bytes("x"))), "");
  EXPECT_EQ(Text(writer.AddStored("b", from, Find(from, "b"), true)), "");
  EXPECT_EQ(Text(writer.AddStored("c", from, Find(from, "a"), true)), "");
  EXPECT_EQ(Text(writer.Finish()), "");
  EXPECT_EQ(disk.Content().at(kData), "axba");
}

TEST(BundleWriter, RefusesToCopyDamage) {
  for (const auto& [path, content] : Mixed().Files("p")) {
    if (path == kIndex) continue;
    for (std::size_t at = 0; at < content.size(); ++at) {
      Files damaged = Mixed().Files("p");
      damaged[path][at] ^= 0x10;
      const testing::MemoryFiles files(damaged);
      const auto from_opened = Open(files);
      const BundleReader& from = *from_opened;
      testing::SimulatedDisk disk;
      BundleWriter writer = Make(disk);
      Status copied;
      for (const archive::StoredTensor& tensor : from.tensors()) {
        if (copied) copied = writer.AddStored(tensor.key, from, tensor, true);
      }
      ASSERT_FALSE(copied) << path << " " << at;
      EXPECT_EQ(copied.error().code, ErrorCode::kCorrupt);
      EXPECT_EQ(copied.error().file, path);
      EXPECT_NE(copied.error().key, "");
      EXPECT_EQ(disk.Content(), Files());
    }
  }
}

TEST(BundleWriter, RefusesWhatCannotBeCopied) {
  const auto slug = [](testing::TinyBundle bundle, bool shorten = false) {
    Files content = bundle.AddFloats("w", {2}, {1, 2}).Files("p");
    if (shorten) content[kData].pop_back();
    const testing::MemoryFiles files(content);
    const auto from_opened = Open(files);
    const BundleReader& from = *from_opened;
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    return Slug(writer.AddStored("w", from, Find(from, "w"), true));
  };
  testing::TinyBundle big_endian, faulty;
  big_endian.SetBigEndian();
  faulty.Edit("w", [](wire::BundleEntry& entry) { entry.size = 7; });
  EXPECT_EQ(slug({}), "");
  constexpr bool kLittle = std::endian::native == std::endian::little;
  EXPECT_EQ(slug(big_endian), kLittle ? "bundle/endianness" : "");
  EXPECT_EQ(slug(faulty), "bundle/size");
  EXPECT_EQ(slug({}, true), "bundle/truncated");
}

TEST(WriteLinked, SharesDataFilesUnderOtherKeys) {
  testing::SimulatedDisk disk(Mixed().Files("from"));
  const auto from_opened = Open(disk, "from");
  const BundleReader& from = *from_opened;
  const std::vector<std::string> data{from.FilePath(0), from.FilePath(1)};
  std::vector<archive::StoredTensor> tensors(from.tensors().begin(), from.tensors().end());
  std::erase_if(tensors, [](const archive::StoredTensor& tensor) { return tensor.key == "v"; });
  for (archive::StoredTensor& tensor : tensors) tensor.key += "2";
  const NewString added{"note", "with the index"};
  const auto link = [&]() -> Status {
    return WriteLinked(disk, "p", data, tensors, {&added, 1}, {}).map([](std::int32_t) {});
  };
  EXPECT_EQ(Text(link()), "");
  const auto linked_opened = Open(disk);
  const BundleReader& linked = *linked_opened;
  EXPECT_EQ(linked.Find("v2"), -1);
  ASSERT_EQ(linked.tensors().size(), from.tensors().size());  // One less, and the string.
  EXPECT_EQ(linked.ReadStrings(Find(linked, "s2"), true), from.ReadStrings(Find(from, "s"), true));
  std::vector<std::byte> sliced(32), expected(32);
  EXPECT_EQ(Text(linked.Read(Find(linked, "p2"), sliced, true)), "");
  EXPECT_EQ(Text(from.Read(Find(from, "p"), expected, true)), "");
  EXPECT_EQ(sliced, expected);
  EXPECT_EQ(linked.ReadStrings(Find(linked, "note"), true)->front(), added.value);
  EXPECT_EQ(linked.num_files(), from.num_files() + 1);
  EXPECT_EQ(Slug(link()), "checkpoint/exists");
}

}  // namespace
}  // namespace regraft::bundle
