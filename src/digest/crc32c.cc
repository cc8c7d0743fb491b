#include "digest/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

namespace regraft::digest {
namespace {

// The Castagnoli polynomial, bit-reversed: bit 31 is x^0.
constexpr std::uint32_t kPolynomial = 0x82f63b78u;

// a * b modulo the polynomial, both bit-reversed.
std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1u) != 0 ? kPolynomial : 0u);
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial, by squaring.
std::uint32_t PowerOfX(std::uint64_t bytes) {
  std::uint32_t result = 0x80000000u;       // x^0.
  std::uint32_t square = 0x80000000u >> 8;  // x^8.
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1u) != 0) result = Multiply(result, square);
    square = Multiply(square, square);
  }
  return result;
}

}  // namespace

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
  return Multiply(PowerOfX(length_b), crc_a) ^ crc_b;
}

}  // namespace regraft::digest
