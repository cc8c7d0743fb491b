#include "tensor/minifloat.h"

#include <cmath>
#include <limits>

namespace regraft {
namespace {

std::uint32_t LargestFinite(const MiniFormat& f) {
  const std::uint32_t all = (1u << (f.exponent_bits + f.mantissa_bits)) - 1;
  if (f.special == Special::kIeee) return all - (1u << f.mantissa_bits);
  return f.special == Special::kFn ? all - 1 : all;
}

std::uint32_t NanCode(const MiniFormat& f) {
  const std::uint32_t sign = 1u << (f.exponent_bits + f.mantissa_bits);
  if (f.special == Special::kFnuz) return sign;
  if (f.special == Special::kFn) return sign - 1;
  return (sign - 1) & ~((1u << (f.mantissa_bits - 1)) - 1);  // A quiet NaN.
}

}  // namespace

std::optional<MiniFormat> MiniFormatOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat16: return MiniFormat{5, 10, 15, Special::kIeee};
    case DType::kBfloat16: return MiniFormat{8, 7, 127, Special::kIeee};
    case DType::kFloat8E5m2: return MiniFormat{5, 2, 15, Special::kIeee};
    case DType::kFloat8E4m3fn: return MiniFormat{4, 3, 7, Special::kFn};
    case DType::kFloat8E4m3fnuz: return MiniFormat{4, 3, 8, Special::kFnuz};
    case DType::kFloat8E4m3b11fnuz: return MiniFormat{4, 3, 11, Special::kFnuz};
    case DType::kFloat8E5m2fnuz: return MiniFormat{5, 2, 16, Special::kFnuz};
    case DType::kFloat4E2m1fn: return MiniFormat{2, 1, 1, Special::kNone};
    default: return std::nullopt;
  }
}

double DecodeMini(const MiniFormat& f, std::uint32_t code) {
  const std::uint32_t sign_bit = 1u << (f.exponent_bits + f.mantissa_bits);
  const std::uint32_t magnitude = code & (sign_bit - 1);
  const bool negative = (code & sign_bit) != 0;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (f.special == Special::kFnuz && negative && magnitude == 0) return nan;
  if (magnitude > LargestFinite(f)) {
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
  const std::uint32_t sign =
      std::signbit(value) ? 1u << (f.exponent_bits + f.mantissa_bits) : 0u;
  if (std::isnan(value)) {
    if (f.special == Special::kNone) return {0, false, true};
    return {NanCode(f) | (f.special == Special::kIeee ? sign : 0u), false, false};
  }
  const std::uint32_t largest = LargestFinite(f);
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
    case Special::kIeee: return {(largest + 1) | sign, overflowed, false};
    case Special::kNone: return {largest | sign, overflowed, false};
    case Special::kFn: return {NanCode(f) | sign, overflowed, false};
    case Special::kFnuz: return {NanCode(f), overflowed, false};
  }
  return {};
}

}  // namespace regraft
