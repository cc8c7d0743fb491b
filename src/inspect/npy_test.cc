#include <gmock/gmock.h>

#include "regraft/inspect.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string File(DType dtype, const Shape& shape, const std::string& bytes) {
  const auto file = NpyFile({dtype, shape}, std::as_bytes(std::span(bytes)));
  EXPECT_TRUE(file) << file.error().ToString();
  return file.value_or("");
}

// NumPy's own header for np.save of such an array, padded to 128 bytes.
std::string NumpyHeader(const std::string& dictionary) {
  std::string header("\x93NUMPY\x01\x00\x76\x00", 10);
  header += dictionary;
  header.resize(127, ' ');
  return header + "\n";
}

TEST(NpyFile, IsWhatNumpySaves) {
  const std::string six(24, '\x01');
  EXPECT_EQ(
      File(DType::kFloat32, {}, six.substr(0, 4)),
      NumpyHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (), }") + six.substr(0, 4));
  EXPECT_EQ(File(DType::kFloat32, {6}, six),
            NumpyHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }") + six);
  EXPECT_EQ(File(DType::kFloat32, {2, 3}, six),
            NumpyHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }") + six);
  EXPECT_EQ(File(DType::kInt64, {0, 3}, ""),
            NumpyHeader("{'descr': '<i8', 'fortran_order': False, 'shape': (0, 3), }"));
}

TEST(NpyFile, AlignsItsDataHoweverLongTheHeader) {
  for (int rank = 0; rank < 60; ++rank) {
    const std::string file = File(
        DType::kUint8,
        Shape::Make(std::vector<std::int64_t>(static_cast<std::size_t>(rank), 1)).value(), "x");
    const std::size_t length =
        static_cast<unsigned char>(file.at(8)) + 256u * static_cast<unsigned char>(file.at(9));
    EXPECT_EQ((10 + length) % 64, 0u) << rank;
    EXPECT_EQ(file.size(), 10 + length + 1);
    EXPECT_EQ(file[10 + length - 1], '\n');
    EXPECT_EQ(file.back(), 'x');
  }
}

TEST(NpyFile, NamesEveryTypeThatNumpyHas) {
  const std::pair<DType, const char*> types[] = {
      {DType::kBool, "|b1"},      {DType::kInt8, "|i1"},        {DType::kUint8, "|u1"},
      {DType::kInt16, "<i2"},     {DType::kUint16, "<u2"},      {DType::kInt32, "<i4"},
      {DType::kUint32, "<u4"},    {DType::kInt64, "<i8"},       {DType::kUint64, "<u8"},
      {DType::kFloat16, "<f2"},   {DType::kFloat32, "<f4"},     {DType::kFloat64, "<f8"},
      {DType::kComplex64, "<c8"}, {DType::kComplex128, "<c16"}, {DType::kQint8, "|i1"},
      {DType::kQuint8, "|u1"},    {DType::kQint16, "<i2"},      {DType::kQuint16, "<u2"},
      {DType::kQint32, "<i4"}};
  for (const auto& [dtype, descr] : types) {
    const std::string bytes(ElementBytes(dtype), '\x02');
    EXPECT_THAT(File(dtype, {1}, bytes).substr(10),
                StartsWith(std::string("{'descr': '") + descr + "'"));
    // The width that NumPy will read is the width of the element.
    EXPECT_EQ(static_cast<std::size_t>(std::stoi(descr + 2)), bytes.size()) << DTypeName(dtype);
  }
}

TEST(NpyFile, RefusesWhatNumpyDoesNotHave) {
  for (const DType dtype : {DType::kBfloat16, DType::kFloat8E4m3fn, DType::kInt4, DType::kString,
                            DType::kVariant, DType::kResource, static_cast<DType>(99)}) {
    const auto file = NpyFile({dtype, {1}}, {});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().slug, "inspect/npy-dtype");
    EXPECT_EQ(file.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(file.error().message, HasSubstr(DTypeName(dtype)));
    EXPECT_THAT(file.error().HintText(Face::kCommand), HasSubstr("--raw"));
  }
}

}  // namespace
}  // namespace regraft
