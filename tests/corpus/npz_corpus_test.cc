// NumPy archives that people have published, against listings that NumPy made.
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "corpus.h"
#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"

namespace regraft {
namespace {

struct Listed {
  std::string key, descr, shape;
};

std::vector<Listed> ListingOf(const CorpusItem& item) {
  std::ifstream in(CorpusFolder() / "listings" / (item.id + ".tsv"));
  std::vector<Listed> listed;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream fields(line);
    Listed& one = listed.emplace_back();
    std::getline(fields, one.key, '\t');
    std::getline(fields, one.descr, '\t');
    std::getline(fields, one.shape, '\t');
    one.key.resize(one.key.size() - std::string(".npy").size());
  }
  return listed;
}

// "(2, 3)" of Python for [2,3].
std::string TupleOf(const Shape& shape) {
  std::string out = "(";
  for (const std::int64_t dim : shape.dims()) out += std::to_string(dim) + ", ";
  if (shape.rank() > 1) out.resize(out.size() - 2);
  if (shape.rank() == 1) out.pop_back();
  return out + ")";
}

std::string TypeOf(const std::string& descr) {
  for (const auto& [numpy, name] :
       {std::pair("'<f4'", "float32"), std::pair("'<f8'", "float64"), std::pair("'<i4'", "int32"),
        std::pair("'<i8'", "int64"), std::pair("'|b1'", "bool"), std::pair("'|i1'", "int8"),
        std::pair("'|S3'", "string")}) {
    if (descr == numpy) return name;
  }
  return descr;
}

TEST(NpzCorpus, ArraysAreThoseThatNumpyLists) {
  const std::vector<CorpusItem> items = CorpusItems("npz");
  EXPECT_FALSE(items.empty());
  std::size_t read = 0;
  for (const CorpusItem& item : items) {
    SCOPED_TRACE(item.id);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    const std::vector<Listed> listed = ListingOf(item);
    EXPECT_EQ(opened->entries().size(), listed.size());
    for (const Listed& one : listed) {
      SCOPED_TRACE(one.key);
      const Entry* const entry = opened->Find(one.key);
      ASSERT_NE(entry, nullptr);
      if (one.descr == "'|O'") {
        const auto verified = opened->Verify(*entry);
        ASSERT_FALSE(verified);
        EXPECT_EQ(verified.error().slug, "numpy/pickle");
        continue;
      }
      EXPECT_EQ(DTypeName(entry->spec.dtype), TypeOf(one.descr));
      EXPECT_EQ(TupleOf(entry->spec.shape), one.shape);
      const auto verified = opened->Verify(*entry);
      ASSERT_TRUE(verified) << verified.error().ToString();
      EXPECT_EQ(*verified, Integrity::kVerified);
      ++read;
    }
  }
  EXPECT_GT(read, 4u);
}

}  // namespace
}  // namespace regraft
