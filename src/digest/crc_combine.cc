#include "digest/crc_combine.h"

namespace regraft::digest {
namespace {

// a * b modulo the polynomial, all bit-reversed.
std::uint32_t Multiply(std::uint32_t polynomial, std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1u) != 0 ? polynomial : 0u);
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial, by squaring.
std::uint32_t PowerOfX(std::uint32_t polynomial, std::uint64_t bytes) {
  std::uint32_t result = 0x80000000u;       // x^0.
  std::uint32_t square = 0x80000000u >> 8;  // x^8.
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1u) != 0) result = Multiply(polynomial, result, square);
    square = Multiply(polynomial, square, square);
  }
  return result;
}

}  // namespace

std::uint32_t CombineCrc(std::uint32_t polynomial, std::uint32_t crc_a, std::uint32_t crc_b,
                         std::uint64_t length_b) {
  return Multiply(polynomial, PowerOfX(polynomial, length_b), crc_a) ^ crc_b;
}

}  // namespace regraft::digest
