#include "regraft/tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <numeric>

#include "regraft/buffer.h"
#include "regraft/elements.h"

namespace regraft {
namespace {

TEST(DTypeName, ReadsBackForEveryKnownNumber) {
  for (std::int32_t number = 1; number <= 33; ++number) {
    const auto dtype = static_cast<DType>(number);
    EXPECT_EQ(ParseDType(DTypeName(dtype)), dtype) << number;
  }
  EXPECT_EQ(ParseDType("half"), DType::kFloat16);
  EXPECT_EQ(ParseDType("float"), std::nullopt);
  EXPECT_EQ(DTypeName(static_cast<DType>(99)), "dtype(99)");
  EXPECT_EQ(KindOf(static_cast<DType>(99)), DTypeKind::kOpaque);
}

TEST(Shape, RefusesNegativeExtentsAndOverflow) {
  EXPECT_EQ(Shape::Make({2, -1}).error().slug, "tensor/bad-shape");
  EXPECT_EQ(Shape::Make({std::int64_t{1} << 32, std::int64_t{1} << 32}).error().code,
            ErrorCode::kCorrupt);
  // An empty tensor's other extents still must multiply.
  EXPECT_FALSE(Shape::Make({0, std::int64_t{1} << 32, std::int64_t{1} << 32}));
  EXPECT_EQ(Shape::Make({0, 5})->num_elements(), 0);
}

TEST(Shape, CountsAndPrints) {
  EXPECT_EQ(Shape({3, 3, 3, 32}).num_elements(), 864);
  EXPECT_EQ(Shape({}).num_elements(), 1);
  EXPECT_EQ(Shape({3, 32}).ToString(), "[3,32]");
  EXPECT_EQ((TensorSpec{DType::kFloat32, {}}).ToString(), "float32[]");
}

TEST(TensorSpec, RefusesSizesBeyond63Bits) {
  const TensorSpec spec{DType::kComplex128, Shape::Make({std::int64_t{1} << 60}).value()};
  EXPECT_EQ(spec.Bytes().error().slug, "tensor/too-large");
  EXPECT_EQ((TensorSpec{DType::kFloat64, {2, 3}}).Bytes(), 48u);
}

TEST(Buffer, IsZeroedAlignedAndMovable) {
  Buffer a(100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.bytes().data()) % 64, 0u);
  for (const std::byte b : a.bytes()) EXPECT_EQ(b, std::byte{0});
  const std::byte* memory = a.bytes().data();
  Buffer b = std::move(a);
  EXPECT_EQ(b.bytes().data(), memory);
  EXPECT_EQ(b.size(), 100u);
  EXPECT_EQ(a.size(), 0u);  // NOLINT(bugprone-use-after-move): the moved-from state is stated.
}

TEST(CopyCorner, CopiesTheSharedCornerAndNothingElse) {
  std::vector<std::uint8_t> in(12);
  std::iota(in.begin(), in.end(), std::uint8_t{1});  // [3,4]
  std::vector<std::uint8_t> out(10, 0);              // [2,5]
  CopyCorner(1, Shape{3, 4}, std::as_bytes(std::span(in)), Shape{2, 5},
             std::as_writable_bytes(std::span(out)));
  EXPECT_EQ(out, (std::vector<std::uint8_t>{1, 2, 3, 4, 0, 5, 6, 7, 8, 0}));
}

TEST(CopyCorner, CopiesScalarsWholeRowsAndEmptyTensors) {
  const std::uint32_t one = 7;
  std::uint32_t scalar = 0;
  CopyCorner(4, Shape{}, std::as_bytes(std::span(&one, 1)), Shape{},
             std::as_writable_bytes(std::span(&scalar, 1)));
  EXPECT_EQ(scalar, 7u);
  std::vector<std::uint8_t> rows = {1, 2, 3, 4}, more(6, 9);
  CopyCorner(1, Shape{2, 2}, std::as_bytes(std::span(rows)), Shape{3, 2},
             std::as_writable_bytes(std::span(more)));
  EXPECT_EQ(more, (std::vector<std::uint8_t>{1, 2, 3, 4, 9, 9}));
  CopyCorner(1, Shape{0, 2}, {}, Shape{3, 2}, std::as_writable_bytes(std::span(more)));
  EXPECT_EQ(more[0], 1);
}

}  // namespace
}  // namespace regraft
