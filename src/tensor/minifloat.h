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
};

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
