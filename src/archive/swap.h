// archive/swap.h - from one byte order to the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace regraft::archive {

/// Reverses every `unit` bytes. Pre: a whole number of units.
inline void SwapUnits(std::size_t unit, std::span<std::byte> bytes) {
  if (unit < 2) return;
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(unit)) {
    std::reverse(at, at + static_cast<std::ptrdiff_t>(unit));
  }
}

}  // namespace regraft::archive
