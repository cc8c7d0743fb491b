#include "formats/numpy/header.h"

#include <gtest/gtest.h>

#include "testing/golden.h"
#include "testing/prefixes.h"

namespace regraft::numpy {
namespace {

std::string With(const std::string& dict) {
  std::string text = dict;
  while ((text.size() + 11) % 64 != 0) text += ' ';
  text += '\n';
  std::string header = "\x93NUMPY\x01";
  header += '\0';
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

std::string Described(const std::string& descr) {
  return With("{'descr': " + descr + ", 'fortran_order': False, 'shape': (2, 3), }");
}

TEST(NumpyHeader, ReadsWhatNumpyWrites) {
  const auto header = ParseHeader(testing::Golden("formats/matrix.npy"));
  ASSERT_TRUE(header) << header.error().ToString();
  EXPECT_EQ(header->spec.ToString(), "float32[2,2]");
  EXPECT_EQ(header->header_bytes, 128u);
  EXPECT_EQ(header->bytes, 16u);
  EXPECT_FALSE(header->column_major);
}

TEST(NumpyHeader, KnowsItsTypes) {
  for (const auto& [descr, spec] :
       std::vector<std::pair<std::string, std::string>>{{"'<f8'", "float64[2,3]"},
                                                        {"'>f4'", "float32[2,3]"},
                                                        {"'|b1'", "bool[2,3]"},
                                                        {"'|u1'", "uint8[2,3]"},
                                                        {"'<c16'", "complex128[2,3]"},
                                                        {"'|V2'", "bfloat16[2,3]"},
                                                        {"'<U5'", "string[2,3]"},
                                                        {"'|S5'", "string[2,3]"}}) {
    const auto header = ParseHeader(Described(descr));
    ASSERT_TRUE(header) << descr << header.error().ToString();
    EXPECT_EQ(header->spec.ToString(), spec);
  }
  EXPECT_EQ(ParseHeader(Described("'>f4'"))->byte_order, std::endian::big);
  EXPECT_TRUE(ParseHeader(Described("'|O'"))->pickled);
  EXPECT_EQ(ParseHeader(Described("'<U5'"))->bytes, 120u);
}

TEST(NumpyHeader, ListsWhatNoTensorIsLike) {
  for (const char* descr : {"'<f16'", "'<M8[ns]'", "[('a', '<f4'), ('b', '<i8', (2,))]", "'|V5'"}) {
    const auto header = ParseHeader(Described(descr));
    ASSERT_TRUE(header) << descr << header.error().ToString();
    EXPECT_EQ(header->spec.dtype, DType::kInvalid) << descr;
  }
}

TEST(NumpyHeader, ReadsWhatOthersWrite) {
  for (const char* dict : {"{\"descr\": \"<f4\", \"shape\": (2L, 3L), \"fortran_order\": True}",
                           "{'shape':(2,3),'fortran_order':True,'descr':'<f4'}"}) {
    const auto header = ParseHeader(With(dict));
    ASSERT_TRUE(header) << header.error().ToString();
    EXPECT_TRUE(header->column_major);
    EXPECT_EQ(header->spec.ToString(), "float32[2,3]");
  }
  EXPECT_EQ(
      ParseHeader(With("{'descr': '<f4', 'fortran_order': False, 'shape': (), }"))->spec.ToString(),
      "float32[]");
  EXPECT_EQ(ParseHeader(With("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"))
                ->spec.ToString(),
            "float32[3]");
}

TEST(NumpyHeader, RefusesWhatNumpyDoesNotWrite) {
  for (const char* dict :
       {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [2], }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0x2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False}", "{} # {'descr'", "[]", ""}) {
    const auto header = ParseHeader(With(dict));
    ASSERT_FALSE(header) << dict;
    EXPECT_EQ(header.error().slug, "numpy/damaged") << dict;
  }
  for (const char* descr : {"'=f4'", "'f4'", "'float32'", "'|f4'", "'<b1'", "'<i3'"}) {
    const auto header = ParseHeader(Described(descr));
    ASSERT_FALSE(header) << descr;
    EXPECT_EQ(header.error().slug, "numpy/refused") << descr;
  }
}

TEST(NumpyHeader, EveryPrefixAndFlipIsReadOrRefusedByName) {
  const std::string golden = testing::Golden("formats/matrix.npy");
  testing::ForEveryPrefix(std::string_view(golden).substr(0, 128),
                          [](std::string_view prefix) { EXPECT_FALSE(ParseHeader(prefix)); });
  std::size_t refused = 0;
  testing::ForEveryByteFlip(golden, [&](std::string_view changed, std::size_t) {
    const auto header = ParseHeader(changed);
    if (header) return;
    ++refused;
    const std::string& slug = header.error().slug;
    EXPECT_TRUE(slug.starts_with("numpy/") || slug == "tensor/bad-shape") << slug;
  });
  EXPECT_GT(refused, 150u);
}

}  // namespace
}  // namespace regraft::numpy
