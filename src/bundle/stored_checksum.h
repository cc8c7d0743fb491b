// bundle/stored_checksum.h - the checksum of a piece's stored bytes, as they pass by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "archive/stored_tensor.h"
#include "regraft/dtype.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// A piece's checksum, of the kind that its type has.
inline archive::Checksum ChecksumOf(DType dtype, std::uint32_t crc) {
  const DTypeKind kind = KindOf(dtype);
  const bool nested = kind == DTypeKind::kString || kind == DTypeKind::kVariant;
  return {nested ? archive::ChecksumKind::kOwn : archive::ChecksumKind::kCrc32c, crc};
}

/// Computes what an entry's `crc32c` is for bytes that come in parts of any size. Strings and
/// variants have checksums within, and rules of their own (docs/format/bundle.md, "Strings").
class StoredChecksum {
 public:
  /// For a piece of `count` elements of a file of that byte order. With `verify` the
  /// checksums within are compared.
  StoredChecksum(DType dtype, std::uint64_t count, bool big_endian, bool verify);

  /// Errors: kCorrupt "bundle/bad-strings", "bundle/checksum".
  Status Update(std::span<const std::byte> bytes);
  /// The checksum, unmasked, if the bytes so far are a whole piece.
  /// Errors: kCorrupt "bundle/bad-strings".
  Result<std::uint32_t> Finish() const;

 private:
  // What the next byte is part of.
  enum class Part { kPlain, kLength, kCheck, kContent, kEnd };

  Status TakeLengthByte(std::uint8_t byte);
  Status TakeLength();
  Status TakeCheckByte(std::uint8_t byte);
  std::size_t TakeContent(std::span<const std::byte> bytes);
  void HashInteger(std::uint64_t value, std::size_t width);

  const DTypeKind kind_;
  const bool big_endian_;
  const bool verify_;
  const bool no_elements_;
  Part part_ = Part::kPlain;
  std::uint64_t elements_left_;
  std::uint64_t content_left_ = 0;  // Bytes of strings, or of the present variant.
  std::uint64_t length_ = 0;        // The varint so far.
  unsigned part_bytes_ = 0;         // Bytes taken of the present varint or checksum.
  std::byte check_[4] = {};
  std::uint32_t crc_ = 0;
};

}  // namespace regraft::bundle
