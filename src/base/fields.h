// base/fields.h - numbers and bytes of a binary structure, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace regraft {

/// Numbers (little-endian) and bytes of a block, one behind the other. Reading past its end
/// gives zeros and is remembered, so that a structure is read first and judged then.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t U8() { return static_cast<std::uint8_t>(Number(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(Number(2)); }
  std::uint32_t U32() { return static_cast<std::uint32_t>(Number(4)); }
  std::uint64_t U64() { return Number(8); }
  std::string_view Bytes(std::size_t count);
  void Skip(std::size_t count) { Bytes(count); }
  /// Steps over what fills up to a multiple of 8 since the beginning of the block.
  void SkipToEight() { Skip((8 - at_ % 8) % 8); }

  /// False once more was asked for than there is.
  bool whole() const { return whole_; }
  std::size_t at() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

 private:
  std::uint64_t Number(std::size_t bytes);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool whole_ = true;
};

}  // namespace regraft
