// digest/crc_combine.h - checksums of two parts make that of the whole, for any CRC of 32 bits.
#pragma once

#include <cstdint>

namespace regraft::digest {

/// The checksum of A followed by B, from those of A and B and the length of B in bytes.
/// `polynomial` is bit-reversed: bit 31 is x^0.
std::uint32_t CombineCrc(std::uint32_t polynomial, std::uint32_t crc_a, std::uint32_t crc_b,
                         std::uint64_t length_b);

}  // namespace regraft::digest
