#include "tensor/loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "regraft/elements.h"
#include "tensor/bulk.h"
#include "tensor/minifloat.h"

namespace regraft::tensor {
namespace {

constexpr float kInfinite = std::numeric_limits<float>::infinity();

// The definition in loss.h, element by element.
double OneByOne(DType to, std::span<const float> before, std::span<const std::byte> after,
                double largest) {
  const std::size_t size = ElementBytes(to);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double was = before[i];
    const double is = ElementAsDouble(to, after.subspan(i * size, size));
    if (!std::isfinite(was) || !std::isfinite(is)) continue;
    const double error = std::abs(is - was);
    largest = std::max(largest, was == 0 ? error : error / std::abs(was));
  }
  return largest;
}

std::vector<std::byte> Shortened(std::span<const float> values, DType to) {
  std::vector<std::byte> out(values.size() * ElementBytes(to));
  EXPECT_TRUE(CastElements(DType::kFloat32, std::as_bytes(values), to, out));
  return out;
}

double Measured(DType to, std::span<const float> before, std::span<const std::byte> after,
                double largest) {
  return LargestError(DType::kFloat32, std::as_bytes(before).data(), to, after.data(),
                      before.size(), largest);
}

// What the format holds, what lies halfway between two of these and is a tie, and the floats on
// both sides of each: subnormals, zeros, both ends of the range and what is beyond them, too.
std::vector<float> HardValues(DType to) {
  const MiniFormat format = *MiniFormatOf(to);
  std::vector<float> values = {
      std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::denorm_min(),
      std::numeric_limits<float>::min(), std::numeric_limits<float>::max(), kInfinite};
  for (std::uint32_t code = 0; code <= format.Largest(); ++code) {
    const double here = DecodeMini(format, code);
    const double next = code == format.Largest() ? 2 * here : DecodeMini(format, code + 1);
    for (const double value : {here, here + (next - here) / 2}) {
      const auto middle = static_cast<float>(value);
      for (const float near : {0.0f, middle, kInfinite}) {
        values.push_back(std::nextafter(middle, near));
      }
    }
  }
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) values.push_back(-values[i]);
  return values;
}

class OfShortFloat : public ::testing::TestWithParam<DType> {};
INSTANTIATE_TEST_SUITE_P(LargestError, OfShortFloat,
                         ::testing::Values(DType::kFloat16, DType::kBfloat16, DType::kFloat8E5m2,
                                           DType::kFloat8E4m3fn),
                         [](const auto& type) { return DTypeName(type.param); });

TEST_P(OfShortFloat, MissesNoValueThatRaisesItByTheLeast) {
  // Enough of one value for whole vectors and a rest.
  constexpr std::size_t kCopies = 21;
  for (const float value : HardValues(GetParam())) {
    const std::vector<float> before(kCopies, value);
    const std::vector<std::byte> after = Shortened(before, GetParam());
    const double error = OneByOne(GetParam(), before, after, 0);
    const double below = std::nextafter(error, 0.0);
    ASSERT_EQ(Measured(GetParam(), before, after, 0), error) << value;
    ASSERT_EQ(Measured(GetParam(), before, after, below), error) << value;
    ASSERT_EQ(Measured(GetParam(), before, after, error), error) << value;
    ASSERT_EQ(Measured(GetParam(), std::span(before).first(1), after, below), error) << value;
  }
}

TEST_P(OfShortFloat, IsThatOfEachElementWhateverIsAmongThem) {
  std::mt19937_64 random(7);
  const std::vector<float> hard = HardValues(GetParam());
  for (int round = 0; round < 400; ++round) {
    std::vector<float> before(1 + random() % 3000);
    // Numbers that a format keeps well, so that few others decide; or of all kinds.
    for (float& value : before) {
      value = random() % 64 < static_cast<unsigned>(round % 4) * 8
                  ? hard[random() % hard.size()]
                  : static_cast<float>(static_cast<std::int64_t>(random()) >> (40 - round % 24));
    }
    const double largest = round % 3 == 0 ? 0 : std::ldexp(1.0, -static_cast<int>(random() % 40));
    const std::vector<std::byte> after = Shortened(before, GetParam());
    const double wanted = OneByOne(GetParam(), before, after, largest);
    ASSERT_EQ(Measured(GetParam(), before, after, largest), wanted) << "round " << round;
    double raised = largest;
    std::vector<std::byte> again(after.size());
    ASSERT_TRUE(CastElements(DType::kFloat32, std::as_bytes(std::span(before)), GetParam(), again,
                             2, &raised));
    EXPECT_EQ(again, after);
    EXPECT_EQ(raised, wanted);
  }
}

TEST_P(OfShortFloat, HoldsForPairsThatNoCastMakes) {
  const std::vector<float> numbers = {0, 1, -1, 0x1p-140f, 3e38f, -3e38f, kInfinite, 448, 0x1p-9f};
  for (const float old_value : numbers) {
    for (const float new_value : numbers) {
      const std::vector<float> before(21, old_value);
      const std::vector<std::byte> after =
          Shortened(std::vector<float>(before.size(), new_value), GetParam());
      for (const double largest : {0.0, 5e-324, 1e-300, 0x1p-30, 0.5, 1.0, 1e10, 1e300}) {
        ASSERT_EQ(Measured(GetParam(), before, after, largest),
                  OneByOne(GetParam(), before, after, largest))
            << old_value << " as " << new_value << ", " << largest;
      }
    }
  }
}

}  // namespace
}  // namespace regraft::tensor
