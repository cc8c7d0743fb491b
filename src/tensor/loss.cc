#include "tensor/loss.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "tensor/block.h"
#include "tensor/bulk.h"
#include "tensor/minifloat_bits.h"
#include "tensor/wide.h"

namespace regraft::tensor {
namespace {

// Division takes longer than all the rest, and after the first blocks hardly one raises the
// maximum. So a screen looks at each block first: it says false only if no relative error in it
// can be larger than `largest`, and may say true for any.

bool DoublesMayRaise(const double* __restrict old_values, const double* __restrict new_values,
                     std::size_t count, double largest) {
  constexpr double kBelow = 1 - 0x1p-50;  // Makes up for the rounding of the product,
  constexpr double kLeast = 0x1p-1000;    // where rounding is relative.
  std::int64_t may = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double size = std::abs(old_values[i]);
    const double error = std::abs(new_values[i] - old_values[i]);
    const double bound = largest * (size == 0 ? 1.0 : size) * kBelow;
    const bool within = (error <= (bound >= kLeast ? bound : 0.0f)) & (bound >= kLeast);
    may |= static_cast<std::int64_t>(!(within | (error == 0)));
  }
  return may != 0;
}

// The same straight from the elements of the casts that nearly all are, in floats: a vector has
// twice as many of them as doubles, and none has to be made longer.
template <MiniFormat kFormat, typename Code>
struct FloatsMayRaise {
  REGRAFT_IN_LOOP static bool Run(const std::byte* __restrict before,
                                  const std::byte* __restrict after, std::size_t count,
                                  double largest) {
    // A limit of at most 1 leaves every bound finite, so that no error that overflows is within
    // it. A value that is not finite is nobody's loss, whatever comes out for it here.
    constexpr double kBelow = 1 - 0x1p-20;  // Makes up for three roundings by 2^-24,
    constexpr float kLeast = 0x1p-100f;     // where rounding is relative.
    const float limit =
        largest < kLeast ? 0.0f : static_cast<float>(std::min(largest, 1.0) * kBelow);
    // What vanishes is lost by exactly its size, and by 1 of it. Often enough nothing is worse.
    const float if_gone = largest < 1 ? 0.0f : 1.0f;
    std::int32_t may = 0;
    for (std::size_t i = 0; i < count; ++i) {
      float old_value;
      Code code;
      std::memcpy(&old_value, before + i * sizeof old_value, sizeof old_value);
      std::memcpy(&code, after + i * sizeof code, sizeof code);
      const float new_value = DecodeFiniteBits<kFormat>(code);
      const float error = std::abs(new_value - old_value);
      const float size = std::abs(old_value);
      const float bound = limit * size;
      // Below the least one only what is exact is within the bound.
      const float kept = bound >= kLeast ? bound : 0.0f;
      may |= static_cast<std::int32_t>(!(error <= (new_value == 0 ? if_gone * size : kept)));
    }
    return may != 0;
  }
};

using Screen = bool (*)(const std::byte*, const std::byte*, std::size_t, double);

template <typename Loop>
Screen Best() {
  using Signature = bool(const std::byte*, const std::byte*, std::size_t, double);
  return Compiled<Loop, Signature>::ForThisMachine();
}

Screen ScreenOf(DType from, DType to) {
  if (from != DType::kFloat32) return nullptr;
  switch (to) {
    case DType::kFloat16:
      return Best<FloatsMayRaise<kFloat16Format, std::uint16_t>>();
    case DType::kBfloat16:
      return Best<FloatsMayRaise<kBfloat16Format, std::uint16_t>>();
    case DType::kFloat8E5m2:
      return Best<FloatsMayRaise<kFloat8E5m2Format, std::uint8_t>>();
    case DType::kFloat8E4m3fn:
      return Best<FloatsMayRaise<kFloat8E4m3fnFormat, std::uint8_t>>();
    default:
      return nullptr;
  }
}

double RelativeError(double old_value, double new_value) {
  const double size = std::abs(old_value);
  return std::abs(new_value - old_value) / (size == 0 ? 1.0 : size);
}

}  // namespace

double LargestError(DType from, const std::byte* before, DType to, const std::byte* after,
                    std::size_t count, double largest) {
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  const Screen screen = ScreenOf(from, to);
  double old_values[kBlockElements], new_values[kBlockElements];
  for (std::size_t at = 0; at < count; at += kBlockElements) {
    const std::size_t length = std::min(kBlockElements, count - at);
    const std::byte* const was = before + at * old_size;
    const std::byte* const is = after + at * new_size;
    if (screen != nullptr && !screen(was, is, length, largest)) continue;
    ElementsAsDoubles(from, {was, length * old_size}, std::span(old_values).first(length));
    ElementsAsDoubles(to, {is, length * new_size}, std::span(new_values).first(length));
    if (!DoublesMayRaise(old_values, new_values, length, largest)) continue;
    for (std::size_t i = 0; i < length; ++i) {
      if (!std::isfinite(old_values[i]) || !std::isfinite(new_values[i])) continue;
      largest = std::max(largest, RelativeError(old_values[i], new_values[i]));
    }
  }
  return largest;
}

}  // namespace regraft::tensor
