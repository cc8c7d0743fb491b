#include "bundle/string_tensor.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "base/try.h"
#include "bundle/bundle_reader.h"
#include "bundle/stored_checksum.h"
#include "digest/crc32c.h"
#include "table/format.h"

namespace regraft::bundle {
namespace {

Status CheckStored(DType dtype, std::string_view bytes, const StringLayout& layout) {
  StoredChecksum checksum(dtype, layout.count, layout.big_endian, layout.verify);
  REGRAFT_CHECK(checksum.Update(std::as_bytes(std::span(bytes))));
  REGRAFT_TRY(const std::uint32_t crc, checksum.Finish());
  if (layout.verify && crc != layout.crc32c) return Fail(ChecksumError(layout.crc32c, crc));
  return {};
}

}  // namespace

Status CheckStrings(std::string_view bytes, const StringLayout& layout) {
  return CheckStored(DType::kString, bytes, layout);
}

Status CheckVariants(std::string_view bytes, const StringLayout& layout) {
  return CheckStored(DType::kVariant, bytes, layout);
}

Result<std::vector<std::string>> DecodeStrings(std::string_view bytes, const StringLayout& layout) {
  REGRAFT_CHECK(CheckStrings(bytes, layout));
  std::string_view lengths = bytes, content = bytes;
  for (std::uint64_t i = 0; i < layout.count; ++i) table::TakeVarint(content);
  content.remove_prefix(std::min<std::size_t>(content.size(), kLengthsChecksumBytes));
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    const auto length = static_cast<std::size_t>(*table::TakeVarint(lengths));
    values.emplace_back(content.substr(0, length));
    content.remove_prefix(length);
  }
  return values;
}

std::uint64_t StoredStringBytes(std::uint64_t length) {
  std::uint64_t bytes = 1 + length;
  for (std::uint64_t rest = length; rest >= 0x80; rest >>= 7) ++bytes;
  return bytes;
}

std::string EncodeStringLengths(std::span<const std::string> values) {
  std::string out;
  std::uint32_t crc = 0;
  for (const std::string& value : values) {
    const std::uint64_t length = value.size();
    table::AppendVarint(length, out);
    // Hashed with a fixed width, in this machine's byte order.
    const auto narrow = static_cast<std::uint32_t>(length);
    crc = digest::ExtendCrc32c(crc, length == narrow ? std::as_bytes(std::span(&narrow, 1))
                                                     : std::as_bytes(std::span(&length, 1)));
  }
  const std::uint32_t masked = digest::MaskCrc(crc);
  const auto check = std::as_bytes(std::span(&masked, 1));
  out.append(reinterpret_cast<const char*>(check.data()), check.size());
  return out;
}

}  // namespace regraft::bundle
