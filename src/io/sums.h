// io/sums.h - checksums of bytes that come in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace regraft::io {

/// Which checksums are wanted.
struct Wished {
  bool crc32c = false;
  bool crc32 = false;
};

/// Those that were wanted; else 0.
struct Sums {
  std::uint32_t crc32c = 0;
  std::uint32_t crc32 = 0;
};

Sums SumsOf(Wished wished, std::span<const std::byte> bytes);
/// Those of A followed by B, from those of both and the length of B.
Sums Combine(Wished wished, const Sums& a, const Sums& b, std::uint64_t length_b);

}  // namespace regraft::io
