#include "tensor/minifloat.h"

#include <cmath>
#include <limits>

namespace regraft {

std::optional<MiniFormat> MiniFormatOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return kFloat16Format;
    case DType::kBfloat16:
      return kBfloat16Format;
    case DType::kFloat8E5m2:
      return kFloat8E5m2Format;
    case DType::kFloat8E4m3fn:
      return kFloat8E4m3fnFormat;
    case DType::kFloat8E4m3fnuz:
      return kFloat8E4m3fnuzFormat;
    case DType::kFloat8E4m3b11fnuz:
      return kFloat8E4m3b11fnuzFormat;
    case DType::kFloat8E5m2fnuz:
      return kFloat8E5m2fnuzFormat;
    case DType::kFloat4E2m1fn:
      return kFloat4E2m1fnFormat;
    default:
      return std::nullopt;
  }
}

double DecodeMini(const MiniFormat& f, std::uint32_t code) {
  const std::uint32_t sign_bit = f.SignBit();
  const std::uint32_t magnitude = code & (sign_bit - 1);
  const bool negative = (code & sign_bit) != 0;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (f.special == Special::kFnuz && negative && magnitude == 0) return nan;
  if (magnitude > f.Largest()) {
    const bool infinite =
        f.special == Special::kIeee && (magnitude & ((1u << f.mantissa_bits) - 1)) == 0;
    if (!infinite) return nan;
    return negative ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
  }
  const int exponent = static_cast<int>(magnitude >> f.mantissa_bits);
  const auto fraction = static_cast<double>(magnitude & ((1u << f.mantissa_bits) - 1));
  const double unit = std::ldexp(1.0, -f.mantissa_bits);
  const double value = exponent == 0 ? std::ldexp(fraction * unit, 1 - f.bias)
                                     : std::ldexp(1.0 + fraction * unit, exponent - f.bias);
  return negative ? -value : value;
}

EncodedMini EncodeMini(const MiniFormat& f, double value) {
  const std::uint32_t sign = std::signbit(value) ? f.SignBit() : 0u;
  if (std::isnan(value)) {
    if (f.special == Special::kNone) return {0, false, true};
    return {f.Nan() | (f.special == Special::kIeee ? sign : 0u), false, false};
  }
  const std::uint32_t largest = f.Largest();
  std::uint32_t magnitude = largest + 1;
  if (!std::isinf(value)) {
    int exponent = 0;
    std::frexp(value, &exponent);  // |value| in [2^(exponent-1), 2^exponent).
    // Steps of the format around the value; below the smallest normal they stay equal.
    const int step = std::max(exponent - 1, 1 - f.bias) - f.mantissa_bits;
    // Exact scaling, then rounding to an integer in the current (nearest even) mode.
    const double steps = std::nearbyint(std::ldexp(std::fabs(value), -step));
    if (steps != 0) {
      const double biased = step + f.mantissa_bits + f.bias;  // Exponent field; 1 for denormals.
      const double code = (biased - 1) * std::ldexp(1.0, f.mantissa_bits) + steps;
      magnitude = code > largest ? largest + 1 : static_cast<std::uint32_t>(code);
    } else {
      magnitude = 0;
    }
  }
  if (magnitude <= largest) {
    return {f.special == Special::kFnuz && magnitude == 0 ? 0u : magnitude | sign, false, false};
  }
  const bool overflowed = !std::isinf(value);
  switch (f.special) {
    case Special::kIeee:
      return {(largest + 1) | sign, overflowed, false};
    case Special::kNone:
      return {largest | sign, overflowed, false};
    case Special::kFn:
      return {f.Nan() | sign, overflowed, false};
    case Special::kFnuz:
      return {f.Nan(), overflowed, false};
  }
  return {};
}

}  // namespace regraft
