// tensor/minifloat.h - floating-point formats of at most 16 bits, exactly.
#pragma once

#include <cstdint>
#include <optional>

#include "regraft/dtype.h"

namespace regraft {

/// What a format does with the codes at the end of its range.
enum class Special {
  kIeee,  ///< The highest exponent holds infinities and NaNs.
  kFn,    ///< No infinity; all ones is NaN (float8_e4m3fn).
  kFnuz,  ///< No infinity, no negative zero; the code of -0 is NaN.
  kNone,  ///< Neither infinity nor NaN (float4_e2m1fn).
};

struct MiniFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  Special special;

  constexpr std::uint32_t SignBit() const { return 1u << (exponent_bits + mantissa_bits); }
  /// The code of the largest finite value.
  constexpr std::uint32_t Largest() const {
    if (special == Special::kIeee) return SignBit() - 1 - (1u << mantissa_bits);
    return special == Special::kFn ? SignBit() - 2 : SignBit() - 1;
  }
  /// The code of a quiet NaN. Pre: there is one.
  constexpr std::uint32_t Nan() const {
    if (special == Special::kFnuz) return SignBit();
    if (special == Special::kFn) return SignBit() - 1;
    return (SignBit() - 1) & ~((1u << (mantissa_bits - 1)) - 1);
  }
};

inline constexpr MiniFormat kFloat16Format{5, 10, 15, Special::kIeee};
inline constexpr MiniFormat kBfloat16Format{8, 7, 127, Special::kIeee};
inline constexpr MiniFormat kFloat8E5m2Format{5, 2, 15, Special::kIeee};
inline constexpr MiniFormat kFloat8E4m3fnFormat{4, 3, 7, Special::kFn};
inline constexpr MiniFormat kFloat8E4m3fnuzFormat{4, 3, 8, Special::kFnuz};
inline constexpr MiniFormat kFloat8E4m3b11fnuzFormat{4, 3, 11, Special::kFnuz};
inline constexpr MiniFormat kFloat8E5m2fnuzFormat{5, 2, 16, Special::kFnuz};
inline constexpr MiniFormat kFloat4E2m1fnFormat{2, 1, 1, Special::kNone};

/// The layout of a floating-point type of 16 bits or fewer, or nothing.
std::optional<MiniFormat> MiniFormatOf(DType dtype);

/// The value that `code` stands for; every code has an exact double.
double DecodeMini(const MiniFormat& format, std::uint32_t code);

struct EncodedMini {
  std::uint32_t code = 0;
  bool overflowed = false;  ///< A finite value beyond the largest one of the format.
  bool lost = false;        ///< A NaN for a format that has none.
};
/// Rounds to nearest, ties to even, straight from the double. A finite value beyond the
/// range becomes infinity, NaN, or the largest value, whichever of them the format has first.
EncodedMini EncodeMini(const MiniFormat& format, double value);

}  // namespace regraft
