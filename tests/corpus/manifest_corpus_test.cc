// Whether the corpus is what its manifest says, byte for byte, and has files of every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>

#include "corpus.h"
#include "digest/sha256.h"

namespace regraft {
namespace {

std::string Sha256Of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(in), {});
  digest::Sha256 sum;
  sum.Update(std::as_bytes(std::span(content)));
  return sum.Hex();
}

TEST(ManifestCorpus, EveryKindIsThereWithAsManyItemsAsItsHeadingSays) {
  std::map<std::string, std::size_t> counts, headings;
  for (const CorpusItem& item : CorpusItems()) ++counts[item.group];
  std::ifstream in(CorpusFolder() / "MANIFEST.md");
  for (std::string line; std::getline(in, line);) {
    const std::size_t count = line.rfind(" (");
    if (!line.starts_with("## ") || !line.ends_with(")") || count < 3) continue;
    // "Files and sha256 (items)" heads no group.
    if (std::isdigit(static_cast<unsigned char>(line[count + 2])) != 0) {
      headings[line.substr(3, count - 3)] = std::stoul(line.substr(count + 2));
    }
  }
  EXPECT_EQ(counts, headings);
  std::set<std::string> groups;
  for (const auto& [group, count] : counts) groups.insert(group);
  EXPECT_THAT(groups, ::testing::UnorderedElementsAre(
                          "V2-name", "V2-object-ckpt", "V2-object-SavedModel", "V1",
                          "HDF5-Keras1/2", "HDF5-Keras3-weights", "Keras3-.keras", "HDF5-other",
                          "npz", "safetensors", "broken"));
}

TEST(ManifestCorpus, EveryFileHasTheBytesThatItHadWhereItComesFrom) {
  const std::filesystem::path corpus = CorpusFolder();
  std::set<std::string> summed;
  std::ifstream in(corpus / "SHA256SUMS");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::string name = line.substr(line.find("  ") + 2);
    EXPECT_EQ(Sha256Of(corpus / name), line.substr(0, 64)) << name;
    summed.insert((corpus / name).string());
  }
  for (const CorpusItem& item : CorpusItems()) {
    EXPECT_TRUE(summed.contains(item.path)) << item.id << " " << item.path;
  }
}

}  // namespace
}  // namespace regraft
