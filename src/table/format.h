// table/format.h - what reader and builder agree on (docs/format/table.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace regraft::table {

inline constexpr std::size_t kFooterBytes = 48;
inline constexpr std::size_t kMagicBytes = 8;    // The end of the footer.
inline constexpr std::size_t kTrailerBytes = 5;  // Type byte and masked CRC-32C.
inline constexpr std::uint64_t kMagic = 0xdb4775248b80fb57u;
inline constexpr char kRawBlock = 0;
inline constexpr char kSnappyBlock = 1;

/// Where a block lies. `size` leaves out the trailer.
struct BlockHandle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Takes a varint of at most 10 bytes (64 bits) off the front, or nothing if it is cut short
/// or too long; `text` is then unspecified.
std::optional<std::uint64_t> TakeVarint(std::string_view& text);
/// The same, but the value must fit into 32 bits.
std::optional<std::uint32_t> TakeVarint32(std::string_view& text);
std::optional<BlockHandle> TakeHandle(std::string_view& text);

void AppendVarint(std::uint64_t value, std::string& out);
void AppendFixed32(std::uint32_t value, std::string& out);
void AppendHandle(const BlockHandle& handle, std::string& out);
/// Pre: four bytes.
std::uint32_t LoadFixed32(std::string_view bytes);

}  // namespace regraft::table
