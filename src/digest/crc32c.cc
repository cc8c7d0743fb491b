#include "digest/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

#include "digest/crc_combine.h"

namespace regraft::digest {

std::uint32_t ExtendCrc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
  // The library takes an int as length and leaves the inversions to its caller.
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  static_assert(kChunk <= std::numeric_limits<int>::max());
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.size(), kChunk);
    // The parameter is not const though the function only reads.
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    state = ::crc32_iscsi(data, static_cast<int>(length), state);
    bytes = bytes.subspan(length);
  }
  return ~state;
}

std::uint32_t CombineCrc32c(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b) {
  constexpr std::uint32_t kPolynomial = 0x82f63b78u;  // Castagnoli.
  return CombineCrc(kPolynomial, crc_a, crc_b, length_b);
}

}  // namespace regraft::digest
