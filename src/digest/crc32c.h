// digest/crc32c.h - CRC-32C (Castagnoli) as TensorFlow uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace regraft::digest {

/// The checksum of the bytes hashed so far, followed by `bytes`; start with 0.
/// Cost: over 10 GB/s a core.
std::uint32_t ExtendCrc32c(std::uint32_t crc, std::span<const std::byte> bytes);
inline std::uint32_t Crc32c(std::span<const std::byte> bytes) { return ExtendCrc32c(0, bytes); }

/// The checksum of A followed by B, from those of A and B and the length of B in bytes.
std::uint32_t CombineCrc32c(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b);

/// The masked form that files hold (docs/format/table.md, "Checksums"), and back.
constexpr std::uint32_t MaskCrc(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}
constexpr std::uint32_t UnmaskCrc(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace regraft::digest
