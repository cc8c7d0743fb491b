#include "bundle/string_tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/try.h"
#include "bundle/piece_reader.h"
#include "io/crc32c.h"

namespace regraft::bundle {
namespace {

constexpr std::size_t kCheckBytes = 4;

Error Bad(std::string message) {
  return Error(ErrorCode::kCorrupt, "bundle/bad-strings", std::move(message));
}

std::optional<std::uint64_t> TakeVarint(std::string_view* rest) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rest->size() && i < 10; ++i) {
    const auto byte = static_cast<std::uint8_t>((*rest)[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) {
      rest->remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

// A checksum over the file's own integers: lengths are hashed in the byte order of the
// machine that wrote them, with a fixed width.
class Hash {
 public:
  explicit Hash(bool big_endian) : big_endian_(big_endian) {}

  void Add(std::string_view bytes) {
    crc_ = io::ExtendCrc32c(crc_, std::as_bytes(std::span(bytes)));
  }
  void AddInteger(std::uint64_t value, std::size_t width) {
    std::array<char, 8> bytes;
    for (std::size_t i = 0; i < width; ++i) {
      bytes[big_endian_ ? width - 1 - i : i] = static_cast<char>(value >> (8 * i));
    }
    Add(std::string_view(bytes.data(), width));
  }
  std::uint32_t crc() const { return crc_; }

 private:
  const bool big_endian_;
  std::uint32_t crc_ = 0;
};

// The masked checksum in the first four bytes, unmasked.
std::uint32_t StoredCrc(std::string_view bytes, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kCheckBytes; ++i) {
    const std::size_t shift = 8 * (big_endian ? kCheckBytes - 1 - i : i);
    value |= std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << shift;
  }
  return io::UnmaskCrc(value);
}

}  // namespace

Status CheckStrings(std::string_view bytes, const StringLayout& layout) {
  Hash hash(layout.big_endian);
  if (bytes.empty() && layout.count == 0) {
    // TensorFlow writes a checksum of no lengths, and accepts nothing at all.
    if (layout.verify && layout.crc32c != 0) return Fail(ChecksumError(layout.crc32c, 0));
    return {};
  }
  std::string_view rest = bytes;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    const std::optional<std::uint64_t> length = TakeVarint(&rest);
    if (!length) return Fail(Bad("the lengths of its strings do not end, or are not numbers"));
    hash.AddInteger(*length, *length <= std::numeric_limits<std::uint32_t>::max() ? 4 : 8);
    // Saturates, so that a sum beyond all bounds stays one.
    total = *length > bytes.size() || total > bytes.size() ? bytes.size() + 1 : total + *length;
  }
  if (rest.size() < kCheckBytes) return Fail(Bad("the lengths of its strings fill all its bytes"));
  if (layout.verify && StoredCrc(rest, layout.big_endian) != hash.crc()) {
    return Fail(ChecksumError(StoredCrc(rest, layout.big_endian), hash.crc())
                    .With("where", "the lengths of the strings"));
  }
  hash.Add(rest);
  if (total != rest.size() - kCheckBytes) {
    return Fail(Bad("the lengths of its strings do not add up to the bytes that are stored"));
  }
  if (layout.verify && hash.crc() != layout.crc32c) {
    return Fail(ChecksumError(layout.crc32c, hash.crc()));
  }
  return {};
}

Result<std::vector<std::string>> DecodeStrings(std::string_view bytes, const StringLayout& layout) {
  REGRAFT_CHECK(CheckStrings(bytes, layout));
  std::string_view lengths = bytes, content = bytes;
  for (std::uint64_t i = 0; i < layout.count; ++i) TakeVarint(&content);
  content.remove_prefix(std::min(content.size(), kCheckBytes));
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    const auto length = static_cast<std::size_t>(*TakeVarint(&lengths));
    values.emplace_back(content.substr(0, length));
    content.remove_prefix(length);
  }
  return values;
}

Status CheckVariants(std::string_view bytes, const StringLayout& layout) {
  Hash hash(layout.big_endian);
  std::string_view rest = bytes;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    const std::optional<std::uint64_t> length = TakeVarint(&rest);
    if (!length || rest.size() < kCheckBytes || *length > rest.size() - kCheckBytes) {
      return Fail(Bad("its variants are longer than the bytes that are stored"));
    }
    const auto size = static_cast<std::size_t>(*length);
    hash.AddInteger(size, 8);
    hash.Add(rest.substr(0, size));
    rest.remove_prefix(size);
    const std::uint32_t stored = StoredCrc(rest, layout.big_endian);
    if (layout.verify && stored != hash.crc()) return Fail(ChecksumError(stored, hash.crc()));
    hash.Add(rest.substr(0, kCheckBytes));
    rest.remove_prefix(kCheckBytes);
  }
  if (!rest.empty()) return Fail(Bad("its variants are shorter than the bytes that are stored"));
  if (layout.verify && hash.crc() != layout.crc32c) {
    return Fail(ChecksumError(layout.crc32c, hash.crc()));
  }
  return {};
}

}  // namespace regraft::bundle
