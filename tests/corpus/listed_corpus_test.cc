// Real files of HDF5, Keras, NumPy and safetensors, against the listings of the corpus and against
// values that other libraries read (make_values.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "corpus.h"
#include "digest/sha256.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"

namespace regraft {
namespace {

std::vector<std::string> FieldsOf(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('\t', at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

// Lines of fields that are no remarks.
std::vector<std::vector<std::string>> Table(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with('#')) lines.push_back(FieldsOf(line));
  }
  return lines;
}

// What the listings call a type; text of any length is a string.
std::string TypeOf(const std::string& listed) {
  const std::string type = listed.substr(0, listed.find(' '));
  if (type.starts_with("str") || type.starts_with("vlen")) return "string";
  const std::map<std::string, std::string> names = {
      {"f16", "float16"}, {"f32", "float32"},   {"f64", "float64"}, {"i32", "int32"},
      {"i64", "int64"},   {"u64", "uint64"},    {"F16", "float16"}, {"F32", "float32"},
      {"F64", "float64"}, {"BF16", "bfloat16"}, {"BOOL", "bool"},   {"I8", "int8"},
      {"I16", "int16"},   {"I32", "int32"},     {"I64", "int64"},   {"U8", "uint8"},
      {"U16", "uint16"},  {"U32", "uint32"}};
  const auto found = names.find(type);
  return found == names.end() ? type : found->second;
}

std::string ShapeText(const Shape& shape) {
  std::string text;
  for (const std::int64_t dim : shape.dims()) {
    text += (text.empty() ? "" : ", ") + std::to_string(dim);
  }
  return "[" + text + "]";
}

class ListedCorpus : public ::testing::TestWithParam<const char*> {};

TEST_P(ListedCorpus, HasTheTensorsThatItsListingsHave) {
  const std::vector<CorpusItem> items = CorpusItems(GetParam());
  EXPECT_FALSE(items.empty());
  for (const CorpusItem& item : items) {
    if (item.id == "D157") continue;  // Bytes behind the last tensor, which no reader takes.
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    const auto listed = Table(CorpusFolder() / "listings" / (item.id + ".tsv"));
    EXPECT_EQ(opened->entries().size(), listed.size());
    for (const std::vector<std::string>& one : listed) {
      ASSERT_GE(one.size(), 3u);
      const Entry* const entry = opened->Find(one[0].substr(one[0].starts_with('/')));
      ASSERT_NE(entry, nullptr) << one[0];
      EXPECT_EQ(DTypeName(entry->spec.dtype), TypeOf(one[1])) << one[0];
      EXPECT_EQ(ShapeText(entry->spec.shape), one[2]) << one[0];
      const auto verified = opened->Verify(*entry);
      const bool chunked = one.size() > 3 && one[3].starts_with("chunked");
      EXPECT_EQ(verified.has_value(), !chunked) << one[0];
      if (!verified) {
        EXPECT_EQ(verified.error().slug, "hdf5/chunked") << one[0];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Groups, ListedCorpus,
                         ::testing::Values("HDF5-Keras1/2", "HDF5-Keras3-weights", "Keras3-.keras",
                                           "HDF5-other", "safetensors"));

TEST(CorpusValues, AreThoseThatOtherLibrariesRead) {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> wanted;
  for (const auto& line :
       Table(std::filesystem::path(REGRAFT_SOURCE_DIR) / "tests/corpus/values.tsv")) {
    ASSERT_EQ(line.size(), 3u);
    wanted[line[0]].emplace_back(line[1], line[2]);
  }
  std::set<std::string> groups;
  std::size_t compared = 0;
  for (const CorpusItem& item : CorpusItems()) {
    const auto values = wanted.find(item.id);
    if (values == wanted.end()) continue;
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    for (const auto& [key, sum] : values->second) {
      const Entry* const entry = opened->Find(key);
      ASSERT_NE(entry, nullptr) << key;
      std::vector<std::byte> bytes(entry->spec.Bytes().value());
      ASSERT_TRUE(opened->Read(*entry, bytes)) << key;
      digest::Sha256 sha;
      sha.Update(bytes);
      EXPECT_EQ(sha.Hex(), sum) << key;
      ++compared;
    }
    groups.insert(item.group);
  }
  EXPECT_EQ(groups.size(), 6u);
  EXPECT_GT(compared, 250u);
}

}  // namespace
}  // namespace regraft
