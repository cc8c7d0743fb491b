#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/writer.h"
#include "testing/checkpoint_folder.h"
#include "testing/files.h"
#include "testing/simulated_disk.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

using testing::BytesOf;
using ::testing::HasSubstr;
using testing::SimulatedDisk;
using Files = SimulatedDisk::Files;

const TensorSpec kBytes4{DType::kUint8, {4}};

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string Text(const Status& status) { return status ? "" : status.error().ToString(); }
std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

CheckpointWriter Make(SimulatedDisk& disk, const WriteOptions& options = {}) {
  return CheckpointWriter::Create(disk, "p", options).value();
}

CheckpointReader Open(const io::Files& files, const std::string& prefix = "p") {
  return CheckpointReader::Open(files, prefix, {}).value();
}

TEST(CheckpointWriter, WritesWhatAReaderFinds) {
  SimulatedDisk disk;
  CheckpointWriter writer = Make(disk);
  const std::vector<SliceRange> left{{0, -1}, {0, 1}}, right{{0, -1}, {1, 1}};
  EXPECT_EQ(Text(writer.Add("bytes", kBytes4, Bytes("abcd"))), "");
  EXPECT_EQ(Text(writer.AddStrings("strings", {2}, std::vector<std::string>{"one", "two"})), "");
  EXPECT_EQ(Text(writer.Begin("parts", kBytes4)), "");
  EXPECT_EQ(Text(writer.Append(Bytes("ef"))), "");
  EXPECT_EQ(Text(writer.Append(Bytes("gh"))), "");
  EXPECT_EQ(Text(writer.End()), "");
  EXPECT_EQ(Text(writer.StartShard()), "");
  EXPECT_EQ(Text(writer.AddSlice("slices", {DType::kUint8, {2, 2}}, left, Bytes("ik"))), "");
  EXPECT_EQ(Text(writer.AddSlice("slices", {DType::kUint8, {2, 2}}, right, Bytes("jl"))), "");
  const auto written = writer.Finish();
  ASSERT_TRUE(written) << written.error().ToString();
  EXPECT_EQ(written->prefix, "p");
  EXPECT_EQ(written->entries, 4u);
  EXPECT_EQ(written->shards, 2);
  EXPECT_EQ(written->bytes, 4u + 12 + 4 + 4);

  const CheckpointReader reader = Open(disk);
  std::string out(4, '?');
  for (const auto& [key, value] : Files{{"bytes", "abcd"}, {"parts", "efgh"}, {"slices", "ijkl"}}) {
    EXPECT_EQ(Text(reader.Read(*reader.Find(key), std::as_writable_bytes(std::span(out)))), "");
    EXPECT_EQ(out, value);
  }
  EXPECT_EQ(reader.ReadStrings(*reader.Find("strings")), (std::vector<std::string>{"one", "two"}));
}

TEST(CheckpointWriter, RefusesPrefixesThatMeanSomethingElse) {
  SimulatedDisk disk;
  const auto hint = [&](const std::string& prefix) {
    const auto made = CheckpointWriter::Create(disk, prefix, {});
    if (made) return std::string("accepted");
    EXPECT_EQ(made.error().slug, "checkpoint/bad-prefix");
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    return made.error().hint;
  };
  EXPECT_THAT(hint(""), HasSubstr("ckpt makes ckpt.index"));
  EXPECT_EQ(hint("run/"), "name the checkpoint in it: run/ckpt");
  EXPECT_EQ(hint("run/.."), "name the checkpoint in it: run/../ckpt");
  EXPECT_EQ(hint("."), "name the checkpoint in it: ./ckpt");
  EXPECT_EQ(hint("a/ckpt-7.index"), "use the start that its files share: a/ckpt-7");
  EXPECT_EQ(hint("ckpt.data-00000-of-00001"), "use the start that its files share: ckpt");
  EXPECT_EQ(hint(".index"), "use the start that its files share: ckpt");
  EXPECT_EQ(disk.operations(), 0u);
  for (const char* good : {"index", "a.indexes", "ckpt.data-0-of-1", "a.b/ckpt", ".hidden"}) {
    EXPECT_EQ(hint(good), "accepted");
  }
}

TEST(CheckpointWriter, BeginsDataFilesAsTheyGrow) {
  SimulatedDisk disk;
  CheckpointWriter writer = Make(disk, {.max_shard_bytes = 10});
  for (const char* key : {"a", "b", "c"}) {
    EXPECT_EQ(Text(writer.Add(key, kBytes4, Bytes("abcd"))), "");
  }
  EXPECT_EQ(Text(writer.Begin("large", {DType::kUint8, {20}})), "");
  EXPECT_EQ(Text(writer.Append(Bytes("01234567890123456789"))), "");
  EXPECT_EQ(Text(writer.End()), "");
  EXPECT_EQ(Text(writer.AddStrings("s", {1}, std::vector<std::string>{"12345"})), "");
  EXPECT_EQ(Text(writer.AddStrings("t", {1}, std::vector<std::string>{""})), "");
  const auto written = writer.Finish();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->shards, 5);
  const CheckpointReader reader = Open(disk);
  for (const auto& [key, shard] : std::map<std::string, std::uint32_t>{
           {"a", 0}, {"b", 0}, {"c", 1}, {"large", 2}, {"s", 3}, {"t", 4}}) {
    EXPECT_EQ(reader.StoredAt(*reader.Find(key)).file_index, shard) << key;
  }
  EXPECT_EQ(disk.Content().at("p.data-00003-of-00005").size(), 10u);
}

TEST(CheckpointWriter, CopiesEntriesOfAnotherCheckpoint) {
  testing::TinyBundle bundle;
  bundle.AddFloats("w", {3}, {1, 2, 3})
      .AddVariants("v", {1}, {"x"})
      .AddSlice("p", DType::kInt32, {2}, {{0, 1}}, BytesOf<std::int32_t>({5}))
      .AddSlice("p", DType::kInt32, {2}, {{1, 1}}, BytesOf<std::int32_t>({6}));
  const testing::MemoryFiles files(bundle.Files("p"));
  const CheckpointReader from = Open(files);
  SimulatedDisk disk;
  CheckpointWriter writer = Make(disk);
  for (const char* key : {"w", "v", "p"}) {
    EXPECT_EQ(Text(writer.AddStored(key, from, *from.Find(key))), "");
  }
  EXPECT_TRUE(writer.Finish());
  EXPECT_EQ(disk.Content(), bundle.Files("p"));

  // Slice by slice under another name, in two data files.
  CheckpointWriter pieces = CheckpointWriter::Create(disk, "q", {}).value();
  EXPECT_EQ(Text(pieces.AddStoredPiece("r", from, *from.Find("p"), 0)), "");
  EXPECT_EQ(Text(pieces.StartShard()), "");
  EXPECT_EQ(Text(pieces.AddStoredPiece("r", from, *from.Find("p"), 1)), "");
  ASSERT_TRUE(pieces.Finish());
  const CheckpointReader reader = Open(disk, "q");
  EXPECT_EQ(reader.Sha256(*reader.Find("r")), from.Sha256(*from.Find("p")));
  EXPECT_EQ(disk.Content().at("q.data-00001-of-00002"), BytesOf<std::int32_t>({6}));
}

TEST(CheckpointWriter, ChecksWhatItCopiesAsTheReaderDoes) {
  testing::TinyBundle bundle;
  bundle.AddFloats("w", {3}, {1, 2, 3});
  Files content = bundle.Files("p");
  content["p.data-00000-of-00001"][5] ^= 1;
  const testing::MemoryFiles files(content);
  for (const bool verify : {true, false}) {
    const auto from = CheckpointReader::Open(files, "p", {.verify_checksums = verify});
    ASSERT_TRUE(from);
    SimulatedDisk disk;
    CheckpointWriter writer = Make(disk);
    const Status added = writer.AddStored("w", *from, *from->Find("w"));
    EXPECT_EQ(Slug(added), verify ? "bundle/checksum" : "");
    EXPECT_EQ(Slug(writer.Finish().map([](const Written&) {})), verify ? "bundle/checksum" : "");
  }
}

TEST(CheckpointWriter, RefusesEntriesOfNoCheckpoint) {
  const testing::MemoryFiles files(testing::CheckpointFolder::Small().Files("p"));
  const CheckpointReader from = Open(files);
  SimulatedDisk disk;
  CheckpointWriter writer = Make(disk);
  Entry stranger;
  stranger.key = "x";
  EXPECT_EQ(Slug(writer.AddStored("x", from, stranger)), "checkpoint/not-its-entry");
  EXPECT_EQ(Slug(writer.AddStoredPiece("x", from, from.entries()[0], 1)), "bundle/bad-slice");
}

TEST(CheckpointWriter, AddsOnlyNumbersInParts) {
  SimulatedDisk disk;
  CheckpointWriter writer = Make(disk);
  const Status begun = writer.Begin("s", {DType::kString, {}});
  EXPECT_EQ(Slug(begun), "bundle/opaque-dtype");
  EXPECT_EQ(begun.error().key, "s");
}

TEST(CheckpointWriter, MakesFoldersAndTakesThemBack) {
  const testing::CheckpointFolder folder;
  folder.Write("kept/file", "");
  const auto left = [&] {
    std::vector<std::string> names;
    for (const auto& at : std::filesystem::recursive_directory_iterator(folder.path())) {
      names.push_back(at.path().filename());
    }
    return names;
  };
  const auto before = left();
  for (const char* prefix : {"a/b/ckpt", "kept/ckpt", "kept/c/ckpt"}) {
    auto writer = CheckpointWriter::Create(folder / prefix);
    ASSERT_TRUE(writer) << writer.error().ToString();
    EXPECT_EQ(Text(writer->Add("a", kBytes4, Bytes("abcd"))), "");
    EXPECT_GT(left().size(), before.size());
    EXPECT_EQ(Slug(writer->Add("a", kBytes4, Bytes("abcd"))), "bundle/duplicate-key");
    EXPECT_EQ(left(), before);
  }
  const auto below_file = CheckpointWriter::Create(folder / "kept/file/ckpt");
  ASSERT_FALSE(below_file);
  EXPECT_EQ(below_file.error().slug, "io/create");
  EXPECT_EQ(left(), before);
}

TEST(CheckpointWriter, WritesToTheDisk) {
  const testing::CheckpointFolder folder;
  const std::string prefix = folder / "new/ckpt-1";
  auto writer = CheckpointWriter::Create(prefix);
  ASSERT_TRUE(writer) << writer.error().ToString();
  EXPECT_EQ(Text(writer->Add("a", kBytes4, Bytes("abcd"))), "");
  EXPECT_TRUE(writer->Finish());
  const auto exists = CheckpointWriter::Create(prefix);
  ASSERT_FALSE(exists);
  EXPECT_EQ(exists.error().slug, "checkpoint/exists");
  EXPECT_EQ(exists.error().code, ErrorCode::kIo);
  EXPECT_THAT(exists.error().HintText(Face::kCommand), HasSubstr("--force"));

  // Onto itself, while it is read.
  const auto old = CheckpointReader::Open(prefix);
  ASSERT_TRUE(old);
  auto again = CheckpointWriter::Create(prefix, {.overwrite = true});
  ASSERT_TRUE(again);
  EXPECT_EQ(Text(again->AddStored("b", *old, old->entries()[0])), "");
  EXPECT_TRUE(again->Finish());
  const auto reader = CheckpointReader::Open(prefix);
  ASSERT_TRUE(reader);
  EXPECT_EQ(Text(reader->Verify(*reader->Find("b")).map([](Integrity) {})), "");
  EXPECT_EQ(reader->num_files(), 2u);
  std::size_t files = 0;
  for (const auto& at : std::filesystem::directory_iterator(folder / "new")) {
    files += at.is_regular_file();
  }
  EXPECT_EQ(files, 3u);
}

}  // namespace
}  // namespace regraft
