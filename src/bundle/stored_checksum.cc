#include "bundle/stored_checksum.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/try.h"
#include "bundle/bundle_reader.h"
#include "digest/crc32c.h"

namespace regraft::bundle {
namespace {

Error Bad(std::string message) {
  return Error(ErrorCode::kCorrupt, "bundle/bad-strings", std::move(message));
}

}  // namespace

StoredChecksum::StoredChecksum(DType dtype, std::uint64_t count, bool big_endian, bool verify)
    : kind_(KindOf(dtype)),
      big_endian_(big_endian),
      verify_(verify),
      no_elements_(count == 0),
      elements_left_(count) {
  if (kind_ == DTypeKind::kString) part_ = count > 0 ? Part::kLength : Part::kCheck;
  if (kind_ == DTypeKind::kVariant) part_ = count > 0 ? Part::kLength : Part::kEnd;
}

Status StoredChecksum::Update(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    std::size_t taken = 1;
    switch (part_) {
      case Part::kPlain:
        crc_ = digest::ExtendCrc32c(crc_, bytes);
        return {};
      case Part::kLength:
        REGRAFT_CHECK(TakeLengthByte(static_cast<std::uint8_t>(bytes.front())));
        break;
      case Part::kCheck:
        REGRAFT_CHECK(TakeCheckByte(static_cast<std::uint8_t>(bytes.front())));
        break;
      case Part::kContent:
        taken = TakeContent(bytes);
        break;
      case Part::kEnd:
        return Fail(Bad("its lengths do not add up to the bytes that are stored: there are more"));
    }
    bytes = bytes.subspan(taken);
  }
  return {};
}

Status StoredChecksum::TakeLengthByte(std::uint8_t byte) {
  if (part_bytes_ == 9 && byte > 1) return Fail(Bad("a length of its elements is not a number"));
  length_ |= std::uint64_t{byte & 0x7fu} << (7 * part_bytes_);
  ++part_bytes_;
  return byte < 0x80 ? TakeLength() : Status();
}

Status StoredChecksum::TakeLength() {
  const std::uint64_t length = std::exchange(length_, 0);
  part_bytes_ = 0;
  if (kind_ == DTypeKind::kVariant) {
    HashInteger(length, 8);
    content_left_ = length;
    part_ = length > 0 ? Part::kContent : Part::kCheck;
    return {};
  }
  HashInteger(length, length <= std::numeric_limits<std::uint32_t>::max() ? 4 : 8);
  const auto sum = CheckedAdd(content_left_, length);
  if (!sum) return Fail(Bad("the lengths of its strings add up to more than any file has"));
  content_left_ = *sum;
  if (--elements_left_ == 0) part_ = Part::kCheck;
  return {};
}

Status StoredChecksum::TakeCheckByte(std::uint8_t byte) {
  check_[part_bytes_++] = std::byte{byte};
  if (part_bytes_ < std::size(check_)) return {};
  part_bytes_ = 0;
  if (verify_) {
    std::uint32_t masked = 0;
    for (std::size_t i = 0; i < std::size(check_); ++i) {
      const std::size_t shift = 8 * (big_endian_ ? std::size(check_) - 1 - i : i);
      masked |= std::to_integer<std::uint32_t>(check_[i]) << shift;
    }
    const std::uint32_t stored = digest::UnmaskCrc(masked);
    if (stored != crc_) {
      Error error = ChecksumError(stored, crc_);
      if (kind_ != DTypeKind::kString) return Fail(std::move(error));
      return Fail(std::move(error).With("where", "the lengths of the strings"));
    }
  }
  crc_ = digest::ExtendCrc32c(crc_, check_);
  if (kind_ == DTypeKind::kVariant) {
    part_ = --elements_left_ > 0 ? Part::kLength : Part::kEnd;
  } else {
    part_ = content_left_ > 0 ? Part::kContent : Part::kEnd;
  }
  return {};
}

std::size_t StoredChecksum::TakeContent(std::span<const std::byte> bytes) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), content_left_));
  crc_ = digest::ExtendCrc32c(crc_, bytes.first(taken));
  content_left_ -= taken;
  if (content_left_ == 0) part_ = kind_ == DTypeKind::kVariant ? Part::kCheck : Part::kEnd;
  return taken;
}

void StoredChecksum::HashInteger(std::uint64_t value, std::size_t width) {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < width; ++i) {
    bytes[big_endian_ ? width - 1 - i : i] = static_cast<std::byte>(value >> (8 * i));
  }
  crc_ = digest::ExtendCrc32c(crc_, std::span(bytes).first(width));
}

Result<std::uint32_t> StoredChecksum::Finish() const {
  if (part_ == Part::kPlain || part_ == Part::kEnd) return crc_;
  // TensorFlow writes a checksum of no lengths, and accepts nothing at all.
  if (no_elements_ && part_bytes_ == 0) return crc_;
  return Fail(
      Bad("the lengths of its elements do not add up to the bytes that are stored: there "
          "are fewer"));
}

}  // namespace regraft::bundle
