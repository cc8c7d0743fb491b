#include "table/format.h"

#include <limits>

namespace regraft::table {

std::optional<std::uint64_t> TakeVarint(std::string_view& text) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (text.empty()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (shift == 63 && byte > 1) return std::nullopt;
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80u) == 0) return value;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> TakeVarint32(std::string_view& text) {
  const auto value = TakeVarint(text);
  if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<BlockHandle> TakeHandle(std::string_view& text) {
  const auto offset = TakeVarint(text);
  if (!offset) return std::nullopt;
  const auto size = TakeVarint(text);
  if (!size) return std::nullopt;
  return BlockHandle{*offset, *size};
}

void AppendVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void AppendFixed32(std::uint32_t value, std::string& out) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

void AppendHandle(const BlockHandle& handle, std::string& out) {
  AppendVarint(handle.offset, out);
  AppendVarint(handle.size, out);
}

std::uint32_t LoadFixed32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

}  // namespace regraft::table
