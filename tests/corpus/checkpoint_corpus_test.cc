// What real files are taken for, against the manifest of the corpus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "corpus.h"
#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/find.h"

namespace regraft {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(CheckpointCorpus, EveryV2CheckpointOpensAsItsKind) {
  const std::vector<CorpusItem> items = CorpusItems("V2-");
  EXPECT_GE(items.size(), 75u);
  for (const CorpusItem& item : items) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(opened->has_graph(), item.group != "V2-name");
    EXPECT_EQ(opened->prefix() + ".index", item.path);
    EXPECT_EQ(opened->object_graph() != nullptr, item.group != "V2-name");
  }
}

TEST(CheckpointCorpus, EveryFolderLeadsToItsCheckpoint) {
  for (const CorpusItem& item : CorpusItems("V2-")) {
    SCOPED_TRACE(item.id);
    const std::string prefix = item.path.substr(0, item.path.size() - 6);
    const auto latest = FindLatest(fs::path(item.path).parent_path());
    if (!item.IsWhole()) {
      ASSERT_FALSE(latest);
      EXPECT_EQ(latest.error().slug, "checkpoint/incomplete");
      EXPECT_THAT(latest.error().ToString(),
                  HasSubstr(fs::path(prefix).filename().string() + ".data-"));
    } else {
      ASSERT_TRUE(latest) << latest.error().ToString();
      EXPECT_EQ(latest->prefix, prefix) << latest->note;
    }
  }
}

TEST(CheckpointCorpus, ObjectFilesHaveTheSlotsThatTheManifestCounts) {
  std::size_t checked = 0;
  for (const CorpusItem& item : CorpusItems("V2-object")) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened);
    std::size_t wanted = 0, slots = 0;
    const std::size_t at = item.remarks.find(" optimizer slots");
    if (at != std::string::npos) {
      wanted = std::stoul(item.remarks.substr(item.remarks.rfind(' ', at - 1) + 1));
      ++checked;
    }
    for (const Entry& entry : opened->entries()) {
      const bool is_slot = entry.key.find("/.OPTIMIZER_SLOT/") != std::string::npos;
      EXPECT_TRUE(!is_slot || (entry.cls == EntryClass::kOptimizer && entry.paths.empty()))
          << entry.key;
      slots += entry.class_reason.starts_with("slot '");
    }
    EXPECT_EQ(slots, wanted);
  }
  EXPECT_GE(checked, 9u);
}

// "Adam_1" -> "Adam".
std::string_view WithoutNumber(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  return end + 1 < name.size() && name[end] == '_' ? name.substr(0, end) : name;
}

// The class that a name of these files tells: every one that looks like a slot is one.
std::string_view ClassByName(std::string_view key) {
  const std::string_view last = WithoutNumber(key.substr(key.rfind('/') + 1));
  for (const char* slot : {"Adam", "Momentum", "RMSProp", "Adagrad", "Ftrl", "Adadelta",
                           "accumulator", "beta1_power", "beta2_power"}) {
    if (last == slot) return "@optimizer";
  }
  if (key.ends_with("_slot_v")) return "@optimizer";
  if (last == "ExponentialMovingAverage") return "@ema";
  if (last == "moving_mean" || last == "moving_variance") return "@bn-stats";
  if (last.starts_with("global_step")) return "@step";
  return "";
}

TEST(CheckpointCorpus, NameBasedFilesHaveTheClassesThatTheirNamesTell) {
  for (const CorpusItem& item : CorpusItems("V2-name")) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened);
    for (const Entry& entry : opened->entries()) {
      EXPECT_EQ(entry.full_name, entry.key);
      const std::string_view wanted = ClassByName(entry.key);
      EXPECT_TRUE(wanted.empty() || ClassName(entry.cls) == wanted)
          << entry.key << " is " << ClassName(entry.cls);
    }
  }
}

TEST(CheckpointCorpus, SafetensorsAreRead) {
  const std::vector<CorpusItem> items = CorpusItems("safetensors");
  EXPECT_FALSE(items.empty());
  for (const CorpusItem& item : items) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    if (item.id == "D157") {  // Bytes behind the last tensor, which no reader takes.
      EXPECT_EQ(opened.error().slug, "safetensors/bad-offsets");
      continue;
    }
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(KindName(opened->catalog()), "safetensors");
    for (const Entry& entry : opened->entries()) {
      std::vector<std::byte> bytes(entry.spec.Bytes().value());
      EXPECT_TRUE(opened->Read(entry, bytes)) << entry.key;
    }
  }
}

// Key, type and shape of every tensor, as the corpus has them.
std::string ListingOf(const CorpusItem& item) {
  std::ifstream in(CorpusFolder() / "listings" / (item.id + ".tsv"));
  std::string listed, line;
  while (std::getline(in, line)) {
    if (!line.starts_with('#')) listed += line.substr(0, line.rfind('\t')) + "\n";
  }
  return listed;
}

// The listings are of a decoder that was written for them, and TensorFlow's reader agrees.
TEST(CheckpointCorpus, V1IsReadByFileAndByStem) {
  const std::vector<CorpusItem> items = CorpusItems("V1");
  EXPECT_GE(items.size(), 8u);
  for (const CorpusItem& item : items) {
    SCOPED_TRACE(item.id);
    std::vector<std::string> paths = {item.path};
    const std::size_t shard = item.path.rfind("-00000-of-00001");
    if (shard != std::string::npos) paths.push_back(item.path.substr(0, shard));
    for (const std::string& path : paths) {
      const auto opened = CheckpointReader::Open(path);
      ASSERT_TRUE(opened) << opened.error().ToString();
      EXPECT_EQ(KindName(opened->catalog()), "tf-v1");
      std::string listed;
      for (const Entry& entry : opened->entries()) {
        std::string shape;
        for (const std::int64_t dim : entry.spec.shape.dims()) {
          shape += (shape.empty() ? "" : ", ") + std::to_string(dim);
        }
        listed += entry.key + "\t" + DTypeName(entry.spec.dtype) + "\t[" + shape + "]\n";
        EXPECT_EQ(opened->Verify(entry).value(), Integrity::kVerified) << entry.key;
      }
      EXPECT_EQ(listed, ListingOf(item)) << path;
    }
  }
}

TEST(CheckpointCorpus, BrokenFilesAreNamed) {
  const std::map<std::string, std::string> what = {
      {"D162", "a Git LFS pointer"},
      {"D163", "an HDF5 file that went through a text editor"},
      {"D164", "a file of no known kind"}};
  const std::vector<CorpusItem> items = CorpusItems("broken");
  ASSERT_EQ(items.size(), what.size());
  for (const CorpusItem& item : items) {
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_FALSE(opened) << item.id;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(opened.error().message, HasSubstr(what.at(item.id)));
  }
}

}  // namespace
}  // namespace regraft
