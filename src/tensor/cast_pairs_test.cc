// Bulk conversion against the definition of one element (element.h), for every pair of types.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "regraft/elements.h"
#include "tensor/bulk.h"
#include "tensor/element.h"

namespace regraft {
namespace {

std::vector<DType> CastableTypes() {
  std::vector<DType> types;
  for (int i = 0; i < 64; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (IsCastable(dtype)) types.push_back(dtype);
  }
  return types;
}

using Bytes = std::vector<std::byte>;

template <typename T>
void Append(T value, Bytes& bytes) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof value);
}

// Every power of two, its neighbours and halfway points; ends of ranges, NaNs, infinities.
template <typename Real>
std::vector<Real> SpecialReals() {
  using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
  std::vector<Real> values = {0,
                              std::numeric_limits<Real>::quiet_NaN(),
                              std::numeric_limits<Real>::signaling_NaN(),
                              std::numeric_limits<Real>::infinity(),
                              std::numeric_limits<Real>::max(),
                              std::numeric_limits<Real>::denorm_min()};
  constexpr int kMantissa = std::numeric_limits<Real>::digits - 1;
  for (int exponent = 0; exponent < 2 * std::numeric_limits<Real>::max_exponent; ++exponent) {
    const Bits power = static_cast<Bits>(exponent) << kMantissa;
    // One bit of the mantissa, with and without what decides a tie: on every place that a
    // shorter format rounds at, for all magnitudes that one has.
    const bool shorter_has_it =
        std::abs(exponent + 1 - std::numeric_limits<Real>::max_exponent) < 160;
    for (int place = 0; shorter_has_it && place < kMantissa; ++place) {
      for (const int odd : {0, 1}) {
        const Bits tie = power | Bits{1} << place | static_cast<Bits>(odd) << (place + 1);
        for (const Bits bits : {tie - 1, tie, tie + 1}) values.push_back(std::bit_cast<Real>(bits));
      }
    }
    for (const Bits bits : {power - 1, power, power + 1}) {
      values.push_back(std::bit_cast<Real>(bits));
    }
  }
  for (int i = -300; i <= 300; ++i) values.push_back(static_cast<Real>(i) / 2);
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(
        std::bit_cast<Real>(std::bit_cast<Bits>(values[i]) | Bits{1} << (8 * sizeof(Real) - 1)));
  }
  return values;
}

std::vector<std::uint64_t> SpecialIntegers() {
  std::vector<std::uint64_t> values;
  for (int shift = 0; shift < 64; ++shift) {
    for (int low = 0; low < 64; ++low) {
      const std::uint64_t value = std::uint64_t{1} << shift | std::uint64_t{1} << low;
      for (const std::uint64_t near : {value - 1, value, value + 1}) {
        values.push_back(near);
        values.push_back(std::uint64_t{0} - near);
      }
    }
  }
  return values;
}

// Values of a type: all that there are if it has at most 16 bits; else special and random ones.
Bytes ValuesOf(DType dtype) {
  Bytes bytes;
  const std::size_t size = ElementBytes(dtype);
  if (size <= 2) {
    for (std::uint32_t code = 0; code < (1u << (8 * size)); ++code) {
      size == 1 ? Append(static_cast<std::uint8_t>(code), bytes)
                : Append(static_cast<std::uint16_t>(code), bytes);
    }
    return bytes;
  }
  std::mt19937_64 random(size);
  if (dtype == DType::kFloat32 || dtype == DType::kComplex64) {
    for (const float value : SpecialReals<float>()) {
      Append(value, bytes);
      if (dtype == DType::kComplex64) Append(random() % 2 == 0 ? 0.0f : value, bytes);
    }
  } else if (dtype == DType::kFloat64 || dtype == DType::kComplex128) {
    for (const double value : SpecialReals<double>()) {
      Append(value, bytes);
      if (dtype == DType::kComplex128) Append(random() % 2 == 0 ? 0.0 : value, bytes);
    }
  } else {
    for (const std::uint64_t value : SpecialIntegers()) {
      size == 4 ? Append(static_cast<std::uint32_t>(value), bytes) : Append(value, bytes);
    }
  }
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = random();
    size == 4 ? Append(static_cast<std::uint32_t>(value), bytes) : Append(value, bytes);
    if (size == 16) Append(random(), bytes);
  }
  return bytes;
}

struct Reference {
  Bytes out, kept_in, kept_out;  // Kept: those that are not lost.
  std::int64_t overflowed = 0;
  std::size_t lost = 0, first_lost = 0;
};

Reference OneByOne(DType from, const Bytes& in, DType to) {
  Reference reference;
  const std::size_t size = ElementBytes(from), out_size = ElementBytes(to);
  reference.out.resize(in.size() / size * out_size);
  for (std::size_t i = 0; i * size < in.size(); ++i) {
    const std::byte* const source = in.data() + i * size;
    std::byte* const target = reference.out.data() + i * out_size;
    const StoreResult stored = StoreElement(to, LoadElement(from, source), target);
    if (stored == StoreResult::kLost) {
      if (reference.lost++ == 0) reference.first_lost = i;
      continue;
    }
    reference.overflowed += stored == StoreResult::kOverflowed;
    reference.kept_in.insert(reference.kept_in.end(), source, source + size);
    reference.kept_out.insert(reference.kept_out.end(), target, target + out_size);
  }
  return reference;
}

void ExpectLost(DType from, const Bytes& in, DType to, const Reference& reference,
                std::size_t threads = 1) {
  Bytes out(in.size() / ElementBytes(from) * ElementBytes(to));
  const auto result = tensor::CastElements(from, in, to, out, threads);
  ASSERT_FALSE(result);
  const std::string count = std::to_string(reference.lost) + " of " +
                            std::to_string(in.size() / ElementBytes(from)) + " elements";
  const std::string first = "the first is element " + std::to_string(reference.first_lost) + ",";
  EXPECT_EQ(result.error().slug, "tensor/cast-loss");
  EXPECT_NE(result.error().message.find(count), std::string::npos) << result.error().message;
  EXPECT_NE(result.error().message.find(first), std::string::npos) << result.error().message;
}

void ExpectKept(DType from, const Bytes& in, DType to, const Bytes& wanted, std::int64_t overflowed,
                std::size_t threads = 1) {
  Bytes out(wanted.size());
  const auto result = tensor::CastElements(from, in, to, out, threads);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(result->overflowed, overflowed);
  if (out == wanted) return;
  const std::size_t size = ElementBytes(to), from_size = ElementBytes(from);
  for (std::size_t i = 0; i * size < out.size(); ++i) {
    if (std::memcmp(out.data() + i * size, wanted.data() + i * size, size) == 0) continue;
    FAIL() << "element " << i << ", "
           << ElementText(from, std::span(in).subspan(i * from_size, from_size)) << ", becomes "
           << ElementText(to, std::span(out).subspan(i * size, size)) << " and not "
           << ElementText(to, std::span(wanted).subspan(i * size, size));
  }
}

TEST(CastPairs, EveryPairConvertsAsItsElementsDo) {
  for (const DType from : CastableTypes()) {
    const Bytes in = ValuesOf(from);
    for (const DType to : CastableTypes()) {
      SCOPED_TRACE(DTypeName(from) + "=>" + DTypeName(to));
      const Reference reference = OneByOne(from, in, to);
      if (reference.lost > 0) ExpectLost(from, in, to, reference);
      ExpectKept(from, reference.kept_in, to, reference.kept_out, reference.overflowed);
    }
  }
}

TEST(CastPairs, ReadAsDoublesAsTheirElementsDo) {
  std::vector<DType> types = CastableTypes();
  types.insert(types.end(),
               {DType::kQint8, DType::kQuint8, DType::kQint16, DType::kQuint16, DType::kQint32});
  for (const DType dtype : types) {
    const Bytes in = ValuesOf(dtype);
    const std::size_t size = ElementBytes(dtype);
    std::vector<double> out(in.size() / size);
    tensor::ElementsAsDoubles(dtype, in, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double wanted = ElementAsDouble(dtype, std::span(in).subspan(i * size, size));
      ASSERT_EQ(std::bit_cast<std::uint64_t>(out[i]), std::bit_cast<std::uint64_t>(wanted))
          << DTypeName(dtype) << " element " << i;
    }
  }
}

TEST(CastPairs, ThreadsGiveWhatOneGives) {
  std::mt19937 random(3);
  Bytes in;
  for (int i = 0; i < 1'000'003; ++i) Append(static_cast<std::uint32_t>(random()), in);
  const Reference shorter = OneByOne(DType::kFloat32, in, DType::kBfloat16);
  ExpectKept(DType::kFloat32, in, DType::kBfloat16, shorter.out, shorter.overflowed, 3);

  Bytes integers(in.size(), std::byte{0});
  const std::int32_t large = 1000;
  for (const std::size_t lost : {700'000, 700'001, 1'000'002}) {
    std::memcpy(integers.data() + lost * sizeof large, &large, sizeof large);
  }
  const Reference narrow = OneByOne(DType::kInt32, integers, DType::kInt8);
  EXPECT_EQ(narrow.first_lost, 700'000u);
  ExpectLost(DType::kInt32, integers, DType::kInt8, narrow, 3);
}

}  // namespace
}  // namespace regraft
