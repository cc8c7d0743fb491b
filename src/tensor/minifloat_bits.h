// tensor/minifloat_bits.h - short floats from and to the bits of long ones, without a branch.
//
// minifloat.h says the same in arithmetic, for one value of any format. Here the format is
// known to the compiler, so that a loop over these functions becomes vector instructions.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tensor/minifloat.h"
#include "tensor/wide.h"

namespace regraft::tensor {

template <typename Real>
struct RealBits {
  using Unsigned = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  using Signed = std::make_signed_t<Unsigned>;
  static constexpr int kMantissa = std::numeric_limits<Real>::digits - 1;
  static constexpr int kBias = std::numeric_limits<Real>::max_exponent - 1;
  static constexpr Unsigned kSign = Unsigned{1} << (8 * sizeof(Real) - 1);
  static constexpr Signed kInfinity = Signed{2 * kBias + 1} << kMantissa;

  static constexpr Real PowerOfTwo(int exponent) {
    return std::bit_cast<Real>(static_cast<Unsigned>(exponent + kBias) << kMantissa);
  }
};

/// The value of a code that stands for a finite one; for others it is anything.
template <MiniFormat kFormat>
REGRAFT_IN_LOOP float DecodeFiniteBits(std::uint32_t code) {
  using Bits = RealBits<float>;
  constexpr int kShift = Bits::kMantissa - kFormat.mantissa_bits;
  constexpr std::uint32_t kSign = kFormat.SignBit();
  if constexpr (kSign << kShift == Bits::kSign) return std::bit_cast<float>(code << kShift);
  const auto magnitude = static_cast<std::int32_t>(code & (kSign - 1));
  std::int32_t bits = (magnitude << kShift) + ((Bits::kBias - kFormat.bias) << Bits::kMantissa);
  if constexpr (kFormat.bias != Bits::kBias) {
    // Below the smallest normal the format counts steps. Counted from that normal on they are
    // the mantissa of a float, which is too large by just that normal.
    constexpr float kNormal = Bits::PowerOfTwo(1 - kFormat.bias);
    const float counted =
        std::bit_cast<float>((magnitude << kShift) + std::bit_cast<std::int32_t>(kNormal)) -
        kNormal;
    bits = magnitude < (1 << kFormat.mantissa_bits) ? std::bit_cast<std::int32_t>(counted) : bits;
  }
  const std::uint32_t sign = (code & kSign) != 0 ? Bits::kSign : 0;
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) | sign);
}

/// The value of a code. Every format's values are exact floats.
template <MiniFormat kFormat>
REGRAFT_IN_LOOP float DecodeBits(std::uint32_t code) {
  using Bits = RealBits<float>;
  constexpr auto kLargest = static_cast<std::int32_t>(kFormat.Largest());
  constexpr std::uint32_t kSign = kFormat.SignBit();
  const auto magnitude = static_cast<std::int32_t>(code & (kSign - 1));
  const bool infinite = kFormat.special == Special::kIeee && magnitude == kLargest + 1;
  const bool is_nan = kFormat.special == Special::kFnuz ? (code & (2 * kSign - 1)) == kSign
                                                        : magnitude > kLargest && !infinite;
  const std::uint32_t sign = (code & kSign) != 0 ? Bits::kSign : 0;
  const auto finite = std::bit_cast<std::uint32_t>(DecodeFiniteBits<kFormat>(code));
  constexpr auto kInfinite = static_cast<std::uint32_t>(Bits::kInfinity);
  constexpr auto kNan = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::quiet_NaN());
  return std::bit_cast<float>(is_nan ? kNan : infinite ? kInfinite | sign : finite);
}

/// As EncodedMini, with numbers that a loop can sum.
template <typename Real>
struct EncodedBits {
  std::uint32_t code;
  typename RealBits<Real>::Signed overflowed;
  typename RealBits<Real>::Signed lost;
};

/// `a` if `which`, else `b`. By `?:` the compiler may see a way through several choices at once,
/// make branches of them, and no vectors.
template <typename Signed>
REGRAFT_IN_LOOP Signed Choose(bool which, Signed a, Signed b) {
  const auto mask = static_cast<Signed>(-static_cast<Signed>(which));
  return (a & mask) | (b & ~mask);
}

/// EncodeMini() of a float or double.
template <MiniFormat kFormat, typename Real>
REGRAFT_IN_LOOP EncodedBits<Real> EncodeBits(Real value) {
  using Bits = RealBits<Real>;
  using Signed = typename Bits::Signed;
  using Unsigned = typename Bits::Unsigned;
  constexpr int kShift = Bits::kMantissa - kFormat.mantissa_bits;
  constexpr auto kLargest = static_cast<Signed>(kFormat.Largest());
  const auto raw = std::bit_cast<Unsigned>(value);
  const auto magnitude = static_cast<Signed>(raw & ~Bits::kSign);
  // To nearest, and to even where both are as near: a carry may run into the exponent.
  const Unsigned odd = static_cast<Unsigned>(magnitude) >> kShift & 1;
  const Unsigned up = static_cast<Unsigned>(magnitude) + (Unsigned{1} << (kShift - 1)) - 1 + odd;
  Signed code = static_cast<Signed>(up >> kShift) -
                (Signed{Bits::kBias - kFormat.bias} << kFormat.mantissa_bits);
  if constexpr (kFormat.bias != Bits::kBias) {
    // Below the smallest normal, steps are equal: the sum with a number whose own last bit is
    // one such step rounds to them.
    constexpr Real kNormal = Bits::PowerOfTwo(1 - kFormat.bias);
    constexpr Real kCounter =
        Bits::PowerOfTwo(1 - kFormat.bias - kFormat.mantissa_bits + Bits::kMantissa);
    const Signed steps = std::bit_cast<Signed>(std::bit_cast<Real>(magnitude) + kCounter) -
                         std::bit_cast<Signed>(kCounter);
    code = Choose(magnitude < std::bit_cast<Signed>(kNormal), steps, code);
  }
  const bool beyond = code > kLargest;
  const bool is_nan = magnitude > Bits::kInfinity;
  const Signed sign = (raw & Bits::kSign) != 0 ? Signed{kFormat.SignBit()} : 0;
  constexpr auto kNan =
      kFormat.special == Special::kNone ? Signed{0} : static_cast<Signed>(kFormat.Nan());
  const Signed overflowed = beyond && magnitude < Bits::kInfinity;
  const Signed lost = kFormat.special == Special::kNone && is_nan;
  if constexpr (kFormat.special == Special::kIeee) {
    // With the exponents of the longer format a carry ends at infinity by itself.
    if constexpr (kFormat.bias != Bits::kBias) code = Choose(beyond, kLargest + 1, code);
    code = Choose(is_nan, kNan, code) | sign;
  } else if constexpr (kFormat.special == Special::kFn) {
    code = Choose(beyond, kNan, code) | sign;
    code = Choose(is_nan, kNan, code);
  } else if constexpr (kFormat.special == Special::kFnuz) {
    code = Choose(code == 0, Signed{0}, code | sign);
    code = Choose(beyond, kNan, code);
  } else {
    code = Choose(beyond, kLargest, code) | sign;
    code = Choose(is_nan, Signed{0}, code);
  }
  return {static_cast<std::uint32_t>(code), overflowed, lost};
}

}  // namespace regraft::tensor
