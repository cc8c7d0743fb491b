#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "tensor/block.h"
#include "tensor/minifloat_bits.h"

namespace regraft::tensor {
namespace {

template <typename Stored>
void Put(std::byte* out, std::size_t i, Stored value) {
  std::memcpy(out + i * sizeof(Stored), &value, sizeof(Stored));
}

template <typename Float>
bool BecameInfinite(Float to, double from) {
  return std::isinf(to) && std::isfinite(from);
}

// What an integer type holds, where it is not all that fits into its bytes.
template <typename Int>
struct Range {
  Int low = std::numeric_limits<Int>::min();
  Int high = std::numeric_limits<Int>::max();
  Int mask = static_cast<Int>(-1);
};

template <typename Int>
bool StoreIntegers(const double* __restrict in, std::size_t count, Range<Int> range,
                   std::byte* __restrict out) {
  // Both ends are exact doubles, also that behind the largest integer of 64 bits.
  const auto low = static_cast<double>(range.low);
  const double end = range.high == std::numeric_limits<Int>::max()
                         ? std::ldexp(1.0, std::numeric_limits<Int>::digits)
                         : static_cast<double>(range.high) + 1;
  bool lost = false;
  for (std::size_t i = 0; i < count; ++i) {
    const bool within = in[i] >= low && in[i] < end;
    const Int value = within ? static_cast<Int>(in[i]) : Int{0};
    lost |= static_cast<double>(value) != in[i];
    Put(out, i, static_cast<Int>(value & range.mask));
  }
  return lost;
}

template <typename Int, typename Wide>
bool StoreIntegers(const Wide* __restrict in, std::size_t count, Range<Int> range,
                   std::byte* __restrict out) {
  bool lost = false;
  for (std::size_t i = 0; i < count; ++i) {
    lost |= std::cmp_less(in[i], range.low) || std::cmp_greater(in[i], range.high);
    Put(out, i, static_cast<Int>(static_cast<Int>(in[i]) & range.mask));
  }
  return lost;
}

template <typename Float, typename Wide>
StoredBlock StoreFloats(const Wide* __restrict in, std::size_t count, std::byte* __restrict out) {
  StoredBlock result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Float>(in[i]);
    if constexpr (sizeof(Float) < sizeof(double) && std::is_same_v<Wide, double>) {
      result.overflowed += BecameInfinite(value, in[i]);
    }
    Put(out, i, value);
  }
  return result;
}

template <MiniFormat kFormat>
StoredBlock StoreMinis(const double* __restrict in, std::size_t count, std::byte* __restrict out) {
  using Code = std::conditional_t<kFormat.SignBit() == 0x8000, std::uint16_t, std::uint8_t>;
  StoredBlock result;
  for (std::size_t i = 0; i < count; ++i) {
    const EncodedBits<double> encoded = EncodeBits<kFormat, double>(in[i]);
    result.overflowed += encoded.overflowed;
    result.lost |= encoded.lost != 0;
    Put(out, i, static_cast<Code>(encoded.code));
  }
  return result;
}

StoredBlock StoreShortFloats(DType to, const double* in, std::size_t count, std::byte* out) {
  switch (to) {
    case DType::kFloat16:
      return StoreMinis<kFloat16Format>(in, count, out);
    case DType::kBfloat16:
      return StoreMinis<kBfloat16Format>(in, count, out);
    case DType::kFloat8E5m2:
      return StoreMinis<kFloat8E5m2Format>(in, count, out);
    case DType::kFloat8E4m3fn:
      return StoreMinis<kFloat8E4m3fnFormat>(in, count, out);
    case DType::kFloat8E4m3fnuz:
      return StoreMinis<kFloat8E4m3fnuzFormat>(in, count, out);
    case DType::kFloat8E4m3b11fnuz:
      return StoreMinis<kFloat8E4m3b11fnuzFormat>(in, count, out);
    case DType::kFloat8E5m2fnuz:
      return StoreMinis<kFloat8E5m2fnuzFormat>(in, count, out);
    default:
      return StoreMinis<kFloat4E2m1fnFormat>(in, count, out);
  }
}

// A large integer as a double whose last bit is set if anything was cut off, so that a
// second rounding to a shorter format comes out as if it were the only one.
double RoundToOdd(std::uint64_t magnitude) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(magnitude)) - 53);
  const std::uint64_t kept = magnitude >> shift;
  const std::uint64_t cut = (kept << shift) != magnitude;
  return std::ldexp(static_cast<double>(kept | cut), shift);
}

template <typename Wide>
void ForRounding(const Wide* in, std::size_t count, double* out) {
  const auto magnitude = [](Wide v) {
    const auto bits = static_cast<std::uint64_t>(v);
    return std::is_signed_v<Wide> && v < 0 ? std::uint64_t{0} - bits : bits;
  };
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<double>(in[i]);
    all |= magnitude(in[i]);
  }
  if (all < std::uint64_t{1} << 53) return;  // Each is a double.
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::copysign(RoundToOdd(magnitude(in[i])), out[i]);
  }
}

// Numbers without an imaginary part.
template <typename Wide>
StoredBlock StoreNumbers(DType to, const Wide* in, std::size_t count, std::byte* out) {
  const auto integers = [&]<typename Int>(Range<Int> range) -> StoredBlock {
    return {0, StoreIntegers(in, count, range, out)};
  };
  switch (to) {
    case DType::kFloat32:
      return StoreFloats<float>(in, count, out);
    case DType::kFloat64:
      return StoreFloats<double>(in, count, out);
    case DType::kInt8:
      return integers(Range<std::int8_t>());
    case DType::kInt16:
      return integers(Range<std::int16_t>());
    case DType::kInt32:
      return integers(Range<std::int32_t>());
    case DType::kInt64:
      return integers(Range<std::int64_t>());
    case DType::kUint8:
      return integers(Range<std::uint8_t>());
    case DType::kUint16:
      return integers(Range<std::uint16_t>());
    case DType::kUint32:
      return integers(Range<std::uint32_t>());
    case DType::kUint64:
      return integers(Range<std::uint64_t>());
    case DType::kBool:
      return integers(Range<std::uint8_t>{.low = 0, .high = 1});
    case DType::kInt4:
      return integers(Range<std::int8_t>{-8, 7, 0xf});
    case DType::kInt2:
      return integers(Range<std::int8_t>{-2, 1, 0x3});
    case DType::kUint4:
      return integers(Range<std::uint8_t>{.low = 0, .high = 15});
    case DType::kUint2:
      return integers(Range<std::uint8_t>{.low = 0, .high = 3});
    default:
      break;
  }
  if constexpr (std::is_same_v<Wide, double>) {
    return StoreShortFloats(to, in, count, out);
  } else {
    double rounded[kBlockElements];
    ForRounding(in, count, rounded);
    return StoreShortFloats(to, rounded, count, out);
  }
}

template <typename Float, typename Wide>
StoredBlock StoreComplex(const Wide* re, const double* im, std::size_t count, std::byte* out) {
  StoredBlock result;
  for (std::size_t i = 0; i < count; ++i) {
    const double imaginary = im == nullptr ? 0 : im[i];
    const Float parts[] = {static_cast<Float>(re[i]), static_cast<Float>(imaginary)};
    if constexpr (sizeof(Float) < sizeof(double)) {
      result.overflowed += BecameInfinite(parts[0], static_cast<double>(re[i])) ||
                           BecameInfinite(parts[1], imaginary);
    }
    std::memcpy(out + i * sizeof parts, parts, sizeof parts);
  }
  return result;
}

template <typename Wide>
StoredBlock Store(DType to, const Wide* in, const double* im, std::size_t count, std::byte* out) {
  if (to == DType::kComplex64) return StoreComplex<float>(in, im, count, out);
  if (to == DType::kComplex128) return StoreComplex<double>(in, im, count, out);
  StoredBlock result = StoreNumbers(to, in, count, out);
  for (std::size_t i = 0; im != nullptr && i < count; ++i) result.lost |= im[i] != 0;
  return result;
}

}  // namespace

StoredBlock StoreBlock(DType to, const Block& block, std::byte* out) {
  switch (block.kind) {
    case Number::Kind::kSigned:
      return Store(to, block.i, nullptr, block.count, out);
    case Number::Kind::kUnsigned:
      return Store(to, block.u, nullptr, block.count, out);
    case Number::Kind::kReal:
      return Store(to, block.re, nullptr, block.count, out);
    case Number::Kind::kComplex:
      return Store(to, block.re, block.im, block.count, out);
  }
  return {};
}

}  // namespace regraft::tensor
