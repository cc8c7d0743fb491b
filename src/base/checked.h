// base/checked.h - arithmetic that notices overflow.
#pragma once

#include <concepts>
#include <optional>

namespace regraft {

/// The exact sum or product, or nothing if the type cannot hold it.
template <std::integral T>
constexpr std::optional<T> CheckedAdd(T a, T b) {
  T out{};
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}
template <std::integral T>
constexpr std::optional<T> CheckedMul(T a, T b) {
  T out{};
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

}  // namespace regraft
