#include "io/sums.h"

#include "digest/crc32.h"
#include "digest/crc32c.h"

namespace regraft::io {

Sums SumsOf(Wished wished, std::span<const std::byte> bytes) {
  Sums sums;
  if (wished.crc32c) sums.crc32c = digest::Crc32c(bytes);
  if (wished.crc32) sums.crc32 = digest::Crc32(bytes);
  return sums;
}

Sums Combine(Wished wished, const Sums& a, const Sums& b, std::uint64_t length_b) {
  Sums sums;
  if (wished.crc32c) sums.crc32c = digest::CombineCrc32c(a.crc32c, b.crc32c, length_b);
  if (wished.crc32) sums.crc32 = digest::CombineCrc32(a.crc32, b.crc32, length_b);
  return sums;
}

}  // namespace regraft::io
