#include "render/stored.h"

#include <fmt/format.h>

#include <iterator>
#include <tuple>

#include "regraft/text.h"

namespace regraft::render {

std::string PlaceCell(const Place& at) {
  if (at.made) return fmt::format("{:>2}", at.file_index);
  return fmt::format("{:>2} @ {}", at.file_index, at.offset);
}

std::string ChecksumCell(const Place& at) {
  if (at.slices > 0) return Plural(at.slices, "slice");
  return at.crc32c ? fmt::format("{:08x}", *at.crc32c) : "";
}

std::string StoredText(std::uint64_t bytes, const Place& at) {
  const std::string size = BytesText(bytes);
  if (at.slices > 0) return fmt::format("{} in {}", size, Plural(at.slices, "slice"));
  const std::string place = at.made ? fmt::format("made of what is in shard {}", at.file_index)
                                    : fmt::format("in shard {} at {}", at.file_index, at.offset);
  std::string checksum = at.checked ? "with a checksum" : "without a checksum";
  if (at.crc32c) checksum = fmt::format("CRC-32C {:08x}", *at.crc32c);
  return fmt::format("{} {}, {}", size, place, checksum);
}

bool IsBefore(const Place& a, const Place& b) {
  return std::tie(a.file_index, a.offset) < std::tie(b.file_index, b.offset);
}

void AppendStored(Buffer& out, std::uint64_t bytes, const Place& at) {
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "\"bytes\":{},\"shard\":{},\"offset\":{},\"crc32c\":", bytes, at.file_index,
                 at.offset);
  if (at.slices > 0) {
    fmt::format_to(end, "null,\"slices\":{}", at.slices);
  } else if (!at.crc32c) {
    Append(out, "null");
  } else {
    fmt::format_to(end, "\"0x{:08x}\"", *at.crc32c);
  }
}

}  // namespace regraft::render
