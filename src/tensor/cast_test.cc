#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "regraft/elements.h"
#include "tensor/minifloat.h"

namespace regraft {
namespace {

__extension__ typedef _Float16 Half;  // The compiler's own conversions are the reference.

template <typename T>
std::span<const std::byte> BytesOf(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

template <typename To, typename From>
Result<To> Cast(DType from, From value, DType to) {
  To out{};
  const auto result =
      CastElements(from, BytesOf(value), to, std::as_writable_bytes(std::span(&out, 1)));
  if (!result) return Fail(result.error());
  return out;
}

TEST(MiniFloat, EveryCodeReadsBack) {
  for (const DType dtype : {DType::kFloat16, DType::kBfloat16, DType::kFloat8E5m2,
                            DType::kFloat8E4m3fn, DType::kFloat8E4m3fnuz, DType::kFloat8E4m3b11fnuz,
                            DType::kFloat8E5m2fnuz, DType::kFloat4E2m1fn}) {
    const MiniFormat format = MiniFormatOf(dtype).value();
    const std::uint32_t codes = 1u << (1 + format.exponent_bits + format.mantissa_bits);
    for (std::uint32_t code = 0; code < codes; ++code) {
      const double value = DecodeMini(format, code);
      const EncodedMini back = EncodeMini(format, value);
      EXPECT_FALSE(back.overflowed);
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(DecodeMini(format, back.code))) << DTypeName(dtype) << " " << code;
      } else {
        EXPECT_EQ(back.code, code) << DTypeName(dtype) << " " << value;
      }
    }
  }
}

TEST(MiniFloat, HasTensorFlowsCodes) {
  // docs/format/bundle.md: 1, -2 and 0.5 as TensorFlow stores them.
  const auto codes = [](DType dtype) {
    const MiniFormat f = MiniFormatOf(dtype).value();
    return std::array{EncodeMini(f, 1).code, EncodeMini(f, -2).code, EncodeMini(f, .5).code};
  };
  EXPECT_EQ(codes(DType::kFloat8E5m2), (std::array{0x3cu, 0xc0u, 0x38u}));
  EXPECT_EQ(codes(DType::kFloat8E4m3fn), (std::array{0x38u, 0xc0u, 0x30u}));
  EXPECT_EQ(codes(DType::kFloat8E4m3fnuz), (std::array{0x40u, 0xc8u, 0x38u}));
  EXPECT_EQ(codes(DType::kFloat8E4m3b11fnuz), (std::array{0x58u, 0xe0u, 0x50u}));
  EXPECT_EQ(codes(DType::kFloat8E5m2fnuz), (std::array{0x40u, 0xc4u, 0x3cu}));
  EXPECT_EQ(codes(DType::kFloat4E2m1fn), (std::array{0x02u, 0x0cu, 0x01u}));
}

TEST(MiniFloat, RoundsHalfAsTheCompilerDoes) {
  std::mt19937 random(1);
  const MiniFormat format = MiniFormatOf(DType::kFloat16).value();
  const MiniFormat brain = MiniFormatOf(DType::kBfloat16).value();
  for (int i = 0; i < 200000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isnan(value)) continue;
    EXPECT_EQ(EncodeMini(format, static_cast<double>(value)).code,
              std::bit_cast<std::uint16_t>(static_cast<Half>(value)))
        << value;
    // bfloat16 is the upper half of a float, rounded to nearest even.
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    EXPECT_EQ(EncodeMini(brain, static_cast<double>(value)).code, rounded) << value;
  }
}

TEST(CastElements, RoundsOnceFromDouble) {
  // 1 + 2^-11 + 2^-40 is just above the tie between two halves; going through float would
  // round it down to the tie and then to even.
  const double value = 1.0 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40);
  EXPECT_EQ(Cast<std::uint16_t>(DType::kFloat64, value, DType::kFloat16), 0x3c01);
  const std::int64_t large = (std::int64_t{1} << 60) + (std::int64_t{1} << 52) + 1;
  EXPECT_EQ(Cast<std::uint16_t>(DType::kInt64, large, DType::kBfloat16), 0x5d81);
}

TEST(CastElements, CountsOverflowToInfinity) {
  const double values[] = {1e300, -1e300, 1.5, std::numeric_limits<double>::infinity()};
  float out[4];
  const auto result = CastElements(DType::kFloat64, std::as_bytes(std::span(values)),
                                   DType::kFloat32, std::as_writable_bytes(std::span(out)));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->overflowed, 2);
  EXPECT_TRUE(std::isinf(out[0]) && out[1] < 0 && out[2] == 1.5f);
}

TEST(CastElements, RefusesToLoseIntegers) {
  EXPECT_EQ((Cast<std::int8_t>(DType::kInt64, std::int64_t{-128}, DType::kInt8)), -128);
  EXPECT_EQ((Cast<std::int8_t>(DType::kInt64, std::int64_t{128}, DType::kInt8)).error().slug,
            "tensor/cast-loss");
  EXPECT_FALSE((Cast<std::int32_t>(DType::kFloat32, 1.5f, DType::kInt32)));
  EXPECT_EQ((Cast<std::int32_t>(DType::kFloat32, -3.f, DType::kInt32)), -3);
  EXPECT_FALSE((Cast<std::int64_t>(DType::kFloat64, std::nan(""), DType::kInt64)));
  EXPECT_FALSE((Cast<std::uint64_t>(DType::kFloat64, -1.0, DType::kUint64)));
  EXPECT_EQ((Cast<std::uint64_t>(DType::kFloat64, 0x1p63, DType::kUint64)), std::uint64_t{1} << 63);
  EXPECT_FALSE((Cast<std::uint64_t>(DType::kFloat64, 0x1p64, DType::kUint64)));
  EXPECT_FALSE((Cast<std::uint8_t>(DType::kInt32, 2, DType::kBool)));
  EXPECT_EQ((Cast<std::uint8_t>(DType::kInt32, -2, DType::kInt4)), 0x0e);
  EXPECT_EQ((Cast<std::int32_t>(DType::kInt4, std::uint8_t{0x0e}, DType::kInt32)), -2);
}

TEST(CastElements, DropsAnImaginaryPartOnlyIfItIsZero) {
  const float real[] = {2.f, 0.f}, complex[] = {2.f, 1.f};
  float out = 0;
  EXPECT_TRUE(CastElements(DType::kComplex64, std::as_bytes(std::span(real)), DType::kFloat32,
                           std::as_writable_bytes(std::span(&out, 1))));
  EXPECT_EQ(out, 2.f);
  const auto lost = CastElements(DType::kComplex64, std::as_bytes(std::span(complex)),
                                 DType::kFloat32, std::as_writable_bytes(std::span(&out, 1)));
  EXPECT_EQ(lost.error().slug, "tensor/cast-loss");
  EXPECT_NE(lost.error().message.find("2+1j"), std::string::npos);
}

TEST(ElementText, IsShortestAndExact) {
  EXPECT_EQ(ElementText(DType::kFloat32, BytesOf(0.1f)), "0.1");
  EXPECT_EQ(ElementText(DType::kFloat64, BytesOf(0.1)), "0.1");
  EXPECT_EQ(ElementText(DType::kInt64, BytesOf(std::int64_t{-5})), "-5");
  EXPECT_EQ(ElementText(DType::kBool, BytesOf(std::uint8_t{1})), "true");
  EXPECT_EQ(ElementText(DType::kUint64, BytesOf(~std::uint64_t{0})), "18446744073709551615");
}

}  // namespace
}  // namespace regraft
