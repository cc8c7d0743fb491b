#include "tensor/element.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "tensor/minifloat.h"

namespace regraft {
namespace {

template <typename T>
T Get(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

template <typename T>
void Put(T value, std::byte* p) {
  std::memcpy(p, &value, sizeof value);
}

Number Signed(std::int64_t v) { return {.kind = Number::Kind::kSigned, .i = v}; }
Number Unsigned(std::uint64_t v) { return {.kind = Number::Kind::kUnsigned, .u = v}; }
Number Real(double v) { return {.kind = Number::Kind::kReal, .re = v}; }
Number Complex(double re, double im) {
  return {.kind = Number::Kind::kComplex, .re = re, .im = im};
}

// Sub-byte integers keep their value in the low bits.
std::int64_t SignExtend(std::uint8_t code, int bits) {
  const int value = code & ((1 << bits) - 1);
  return value >= (1 << (bits - 1)) ? value - (1 << bits) : value;
}

// The integer that a number is, if it is one within [low, high].
template <typename Int>
std::optional<Int> AsInteger(const Number& n, Int low, Int high) {
  const auto check = [&](auto v) -> std::optional<Int> {
    if (std::cmp_less(v, low) || std::cmp_greater(v, high)) return std::nullopt;
    return static_cast<Int>(v);
  };
  switch (n.kind) {
    case Number::Kind::kSigned:
      return check(n.i);
    case Number::Kind::kUnsigned:
      return check(n.u);
    case Number::Kind::kComplex:
      if (n.im != 0) return std::nullopt;
      [[fallthrough]];
    case Number::Kind::kReal:
      if (std::trunc(n.re) != n.re) return std::nullopt;  // Also refuses NaN.
      if (n.re >= -0x1p63 && n.re < 0x1p63) return check(static_cast<std::int64_t>(n.re));
      if (n.re >= 0 && n.re < 0x1p64) return check(static_cast<std::uint64_t>(n.re));
      return std::nullopt;
  }
  return std::nullopt;
}

template <typename Int>
StoreResult StoreInteger(const Number& n, std::byte* p, Int low = std::numeric_limits<Int>::min(),
                         Int high = std::numeric_limits<Int>::max(), int mask = -1) {
  const std::optional<Int> value = AsInteger<Int>(n, low, high);
  if (!value) return StoreResult::kLost;
  Put(static_cast<Int>(*value & static_cast<Int>(mask)), p);
  return StoreResult::kKept;
}

// A large integer as a double whose last bit is set if anything was cut off, so that a
// second rounding to a shorter format comes out as if it were the only one.
double RoundToOdd(std::uint64_t magnitude) {
  int shift = 0;
  while ((magnitude >> shift) >= (std::uint64_t{1} << 53)) ++shift;
  std::uint64_t kept = magnitude >> shift;
  if (shift > 0 && (magnitude & ((std::uint64_t{1} << shift) - 1)) != 0) kept |= 1;
  return std::ldexp(static_cast<double>(kept), shift);
}

double ForRounding(const Number& n) {
  if (n.kind == Number::Kind::kUnsigned) return RoundToOdd(n.u);
  if (n.kind != Number::Kind::kSigned) return n.re;
  const bool negative = n.i < 0;
  const auto bits = static_cast<std::uint64_t>(n.i);
  const double magnitude = RoundToOdd(negative ? std::uint64_t{0} - bits : bits);
  return negative ? -magnitude : magnitude;
}

template <typename Float>
Float AsFloat(const Number& n) {
  if (n.kind == Number::Kind::kSigned) return static_cast<Float>(n.i);
  if (n.kind == Number::Kind::kUnsigned) return static_cast<Float>(n.u);
  return static_cast<Float>(n.re);
}

template <typename Float>
StoreResult StoreFloat(Float value, double before, std::byte* p) {
  Put(value, p);
  return std::isinf(value) && std::isfinite(before) ? StoreResult::kOverflowed : StoreResult::kKept;
}

bool HasImaginaryPart(const Number& n) { return n.kind == Number::Kind::kComplex && n.im != 0; }

}  // namespace

Number LoadElement(DType dtype, const std::byte* p) {
  if (const auto mini = MiniFormatOf(dtype)) {
    const std::uint32_t code =
        ElementBytes(dtype) == 2 ? Get<std::uint16_t>(p) : Get<std::uint8_t>(p);
    return Real(DecodeMini(*mini, code));
  }
  switch (dtype) {
    case DType::kFloat32:
      return Real(static_cast<double>(Get<float>(p)));
    case DType::kFloat64:
      return Real(Get<double>(p));
    case DType::kComplex64:
      return Complex(static_cast<double>(Get<float>(p)), static_cast<double>(Get<float>(p + 4)));
    case DType::kComplex128:
      return Complex(Get<double>(p), Get<double>(p + 8));
    case DType::kInt8:
    case DType::kQint8:
      return Signed(Get<std::int8_t>(p));
    case DType::kInt16:
    case DType::kQint16:
      return Signed(Get<std::int16_t>(p));
    case DType::kInt32:
    case DType::kQint32:
      return Signed(Get<std::int32_t>(p));
    case DType::kInt64:
      return Signed(Get<std::int64_t>(p));
    case DType::kUint8:
    case DType::kQuint8:
      return Unsigned(Get<std::uint8_t>(p));
    case DType::kUint16:
    case DType::kQuint16:
      return Unsigned(Get<std::uint16_t>(p));
    case DType::kUint32:
      return Unsigned(Get<std::uint32_t>(p));
    case DType::kUint64:
      return Unsigned(Get<std::uint64_t>(p));
    case DType::kBool:
      return Unsigned(Get<std::uint8_t>(p) != 0);
    case DType::kInt4:
      return Signed(SignExtend(Get<std::uint8_t>(p), 4));
    case DType::kInt2:
      return Signed(SignExtend(Get<std::uint8_t>(p), 2));
    case DType::kUint4:
      return Unsigned(Get<std::uint8_t>(p) & 0xfu);
    case DType::kUint2:
      return Unsigned(Get<std::uint8_t>(p) & 0x3u);
    default:
      return Real(std::numeric_limits<double>::quiet_NaN());
  }
}

StoreResult StoreElement(DType dtype, const Number& n, std::byte* p) {
  if (const auto mini = MiniFormatOf(dtype)) {
    if (HasImaginaryPart(n)) return StoreResult::kLost;
    const EncodedMini encoded = EncodeMini(*mini, ForRounding(n));
    if (ElementBytes(dtype) == 2) {
      Put(static_cast<std::uint16_t>(encoded.code), p);
    } else {
      Put(static_cast<std::uint8_t>(encoded.code), p);
    }
    if (encoded.lost) return StoreResult::kLost;
    return encoded.overflowed ? StoreResult::kOverflowed : StoreResult::kKept;
  }
  switch (dtype) {
    case DType::kFloat32:
      if (HasImaginaryPart(n)) return StoreResult::kLost;
      return StoreFloat(AsFloat<float>(n), AsFloat<double>(n), p);
    case DType::kFloat64:
      if (HasImaginaryPart(n)) return StoreResult::kLost;
      return StoreFloat(AsFloat<double>(n), AsFloat<double>(n), p);
    case DType::kComplex64: {
      const StoreResult re = StoreFloat(AsFloat<float>(n), AsFloat<double>(n), p);
      const StoreResult im = StoreFloat(static_cast<float>(n.im), n.im, p + 4);
      return re == StoreResult::kOverflowed ? re : im;
    }
    case DType::kComplex128:
      Put(AsFloat<double>(n), p);
      Put(n.im, p + 8);
      return StoreResult::kKept;
    case DType::kInt8:
      return StoreInteger<std::int8_t>(n, p);
    case DType::kInt16:
      return StoreInteger<std::int16_t>(n, p);
    case DType::kInt32:
      return StoreInteger<std::int32_t>(n, p);
    case DType::kInt64:
      return StoreInteger<std::int64_t>(n, p);
    case DType::kUint8:
      return StoreInteger<std::uint8_t>(n, p);
    case DType::kUint16:
      return StoreInteger<std::uint16_t>(n, p);
    case DType::kUint32:
      return StoreInteger<std::uint32_t>(n, p);
    case DType::kUint64:
      return StoreInteger<std::uint64_t>(n, p);
    case DType::kBool:
      return StoreInteger<std::uint8_t>(n, p, 0, 1);
    case DType::kInt4:
      return StoreInteger<std::int8_t>(n, p, -8, 7, 0xf);
    case DType::kInt2:
      return StoreInteger<std::int8_t>(n, p, -2, 1, 0x3);
    case DType::kUint4:
      return StoreInteger<std::uint8_t>(n, p, 0, 15);
    case DType::kUint2:
      return StoreInteger<std::uint8_t>(n, p, 0, 3);
    default:
      return StoreResult::kLost;
  }
}

}  // namespace regraft
