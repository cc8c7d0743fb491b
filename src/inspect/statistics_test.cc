#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>

#include "regraft/inspect.h"

namespace regraft {
namespace {

template <typename T>
Statistics Of(DType dtype, const std::vector<T>& values) {
  return ComputeStatistics(dtype, std::as_bytes(std::span(values)));
}

TEST(Statistics, AreThoseOfTheTextbook) {
  const Statistics s = Of<float>(DType::kFloat32, {2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(s.count, 8);
  EXPECT_EQ(s.zeros, 0);
  EXPECT_EQ(s.min, 2);
  EXPECT_EQ(s.max, 9);
  EXPECT_DOUBLE_EQ(s.mean, 5);
  EXPECT_DOUBLE_EQ(s.stddev, 2);
  EXPECT_DOUBLE_EQ(s.l2, std::sqrt(232.0));
}

TEST(Statistics, CountNansAndInfinitiesAndLeaveThemOut) {
  const float inf = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  const Statistics s = Of<float>(DType::kFloat32, {nan, 1, -inf, 3, inf, -0.0f, nan, nan});
  EXPECT_EQ(s.count, 8);
  EXPECT_EQ(s.nans, 3);
  EXPECT_EQ(s.infinities, 2);
  EXPECT_EQ(s.zeros, 1);
  EXPECT_EQ(s.min, 0);
  EXPECT_EQ(s.max, 3);
  EXPECT_DOUBLE_EQ(s.mean, 4.0 / 3);
  EXPECT_DOUBLE_EQ(s.l2, std::sqrt(10.0));
}

TEST(Statistics, OfNothingFiniteAreNan) {
  for (const auto& values : {std::vector<double>{}, std::vector<double>{std::nan(""), HUGE_VAL}}) {
    const Statistics s = Of(DType::kFloat64, values);
    EXPECT_EQ(s.count, static_cast<std::int64_t>(values.size()));
    EXPECT_TRUE(std::isnan(s.min) && std::isnan(s.max) && std::isnan(s.mean) &&
                std::isnan(s.stddev));
    EXPECT_EQ(s.l2, 0);
  }
}

TEST(Statistics, DoNotCancelFarFromZero) {
  const Statistics s = Of<double>(DType::kFloat64, {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  EXPECT_DOUBLE_EQ(s.mean, 1e9 + 10);
  EXPECT_NEAR(s.stddev, std::sqrt(22.5), 1e-9);
}

TEST(Statistics, ReadEveryKindOfNumber) {
  EXPECT_EQ(Of<std::int64_t>(DType::kInt64, {-3, 0, 5}).min, -3);
  EXPECT_EQ(Of<std::int64_t>(DType::kInt64, {-3, 0, 5}).zeros, 1);
  EXPECT_EQ(Of<std::uint8_t>(DType::kUint8, {200, 100}).mean, 150);
  EXPECT_EQ(Of<std::uint16_t>(DType::kBfloat16, {0x3f80, 0xc000}).min, -2);  // 1, -2.
  EXPECT_EQ(Of<std::uint16_t>(DType::kFloat16, {0x3c00, 0x7e00}).nans, 1);   // 1, NaN.
  EXPECT_EQ((Of<std::uint8_t>(DType::kBool, {1, 0, 1, 1}).mean), 0.75);
  const Statistics complex = Of<std::complex<float>>(DType::kComplex64, {{1, 50}, {3, -50}});
  EXPECT_EQ(complex.count, 2);
  EXPECT_EQ(complex.mean, 2);
}

}  // namespace
}  // namespace regraft
