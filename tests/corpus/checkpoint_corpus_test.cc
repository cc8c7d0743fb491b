// What real files are taken for, against the manifest of the corpus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "corpus.h"
#include "regraft/checkpoint.h"

namespace regraft {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Item {
  std::string id;
  std::string group;  // "V2-name".
  std::string path;   // In the file system.
  std::string remarks;
};

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  for (std::size_t at = 1; at < row.size();) {
    const std::size_t end = std::min(row.find('|', at), row.size());
    const std::size_t first = row.find_first_not_of(' ', at);
    const std::size_t last = row.find_last_not_of(' ', end - 1);
    cells.push_back(first < end ? row.substr(first, last - first + 1) : "");
    at = end + 1;
  }
  return cells;
}

// Rows are "| id | owner/repository @ commit | `path` | ... | remarks |" below "## group (count)".
std::vector<Item> ReadManifest(const fs::path& corpus) {
  std::vector<Item> items;
  std::ifstream in(corpus / "MANIFEST.md");
  std::string line, group;
  while (std::getline(in, line)) {
    if (line.starts_with("## ")) group = line.substr(3, line.rfind(" (") - 3);
    if (!line.starts_with("| D") || line.size() < 7 || line[6] != ' ') continue;
    const std::vector<std::string> cells = Cells(line);
    std::string repository = cells[1].substr(0, cells[1].find(" @ "));
    repository.replace(repository.find('/'), 1, "__");
    const std::string commit = cells[1].substr(cells[1].find(" @ ") + 3);
    const std::string path = cells[2].substr(1, cells[2].size() - 2);
    items.push_back(
        {cells[0], group, (corpus / repository / commit / path).string(), cells.back()});
  }
  return items;
}

std::vector<Item> ItemsOf(const fs::path& corpus, std::string_view group) {
  std::vector<Item> items;
  for (Item& item : ReadManifest(corpus)) {
    if (item.group.starts_with(group)) items.push_back(std::move(item));
  }
  return items;
}

TEST(CheckpointCorpus, EveryV2CheckpointOpensAsItsKind) {
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  const std::vector<Item> items = ItemsOf(corpus, "V2-");
  ASSERT_EQ(items.size(), 96u);
  for (const Item& item : items) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(opened->kind(),
              item.group == "V2-name" ? CheckpointKind::kTf1Name : CheckpointKind::kTf2Object);
    EXPECT_EQ(opened->prefix() + ".index", item.path);
    EXPECT_EQ(opened->object_graph() != nullptr, item.group != "V2-name");
  }
}

TEST(CheckpointCorpus, EveryFolderLeadsToItsCheckpoint) {
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  for (const Item& item : ItemsOf(corpus, "V2-")) {
    SCOPED_TRACE(item.id);
    const std::string prefix = item.path.substr(0, item.path.size() - 6);
    const auto latest = FindLatest(fs::path(item.path).parent_path());
    if (item.remarks.find("INDEX ONLY") != std::string::npos || item.id == "D007") {
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
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  std::size_t checked = 0;
  for (const Item& item : ItemsOf(corpus, "V2-object")) {
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
  EXPECT_EQ(checked, 14u);
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
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  for (const Item& item : ItemsOf(corpus, "V2-name")) {
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

struct Foreign {
  std::string_view group;
  std::string_view what;
};

TEST(CheckpointCorpus, OtherFormatsAreNamed) {
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  for (const Foreign& foreign :
       {Foreign{"V1", "a V1 checkpoint"}, Foreign{"HDF5", "an HDF5 file"},
        Foreign{"npz", "a NumPy archive"}, Foreign{"safetensors", "a safetensors file"},
        Foreign{"Keras3-.keras", "a Keras 3 archive"}}) {
    const std::vector<Item> items = ItemsOf(corpus, foreign.group);
    EXPECT_FALSE(items.empty());
    for (const Item& item : items) {
      SCOPED_TRACE(item.id);
      const auto opened = CheckpointReader::Open(item.path);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
      EXPECT_THAT(opened.error().message, HasSubstr(foreign.what));
      EXPECT_NE(opened.error().hint, "");
    }
  }
}

TEST(CheckpointCorpus, V1IsNamedByItsCommonPrefixToo) {
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  for (const Item& item : ItemsOf(corpus, "V1")) {
    const std::size_t shard = item.path.rfind("-00000-of-00001");
    if (shard == std::string::npos) continue;
    const auto opened = CheckpointReader::Open(item.path.substr(0, shard));
    ASSERT_FALSE(opened) << item.id;
    EXPECT_THAT(opened.error().message, HasSubstr("a V1 checkpoint")) << item.id;
  }
}

TEST(CheckpointCorpus, BrokenFilesAreNamed) {
  const fs::path corpus = FindCorpus();
  REGRAFT_SKIP_WITHOUT_CORPUS(corpus);
  const std::map<std::string, std::string> what = {
      {"D162", "a Git LFS pointer"},
      {"D163", "an HDF5 file that went through a text editor"},
      {"D164", "a file of no known kind"}};
  const std::vector<Item> items = ItemsOf(corpus, "broken");
  ASSERT_EQ(items.size(), what.size());
  for (const Item& item : items) {
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_FALSE(opened) << item.id;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(opened.error().message, HasSubstr(what.at(item.id)));
  }
}

}  // namespace
}  // namespace regraft
