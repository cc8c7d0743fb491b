#include "digest/crc32.h"

#include <isa-l/crc.h>

#include "digest/crc_combine.h"

namespace regraft::digest {

std::uint32_t ExtendCrc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  return ::crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::uint32_t CombineCrc32(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b) {
  constexpr std::uint32_t kPolynomial = 0xedb88320u;
  return CombineCrc(kPolynomial, crc_a, crc_b, length_b);
}

}  // namespace regraft::digest
