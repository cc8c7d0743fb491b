#include "render/stored.h"

#include <fmt/format.h>

#include <iterator>
#include <tuple>

#include "regraft/text.h"

namespace regraft::render {

std::string PlaceCell(const Entry& entry) {
  return fmt::format("{:>2} @ {}", entry.shard, entry.offset);
}

std::string ChecksumCell(const Entry& entry) {
  if (entry.slices > 0) return Plural(entry.slices, "slice");
  return entry.crc32c ? fmt::format("{:08x}", *entry.crc32c) : "";
}

std::string StoredText(const Entry& entry) {
  const std::string bytes = BytesText(entry.bytes);
  if (entry.slices > 0) return fmt::format("{} in {}", bytes, Plural(entry.slices, "slice"));
  return fmt::format(
      "{} in shard {} at {}{}", bytes, entry.shard, entry.offset,
      entry.crc32c ? fmt::format(", CRC-32C {:08x}", *entry.crc32c) : ", without a checksum");
}

bool StoredBefore(const Entry& a, const Entry& b) {
  return std::tie(a.shard, a.offset) < std::tie(b.shard, b.offset);
}

void AppendStored(Buffer& out, const Entry& entry) {
  const auto at = std::back_inserter(out);
  fmt::format_to(at, "\"bytes\":{},\"shard\":{},\"offset\":{},\"crc32c\":", entry.bytes,
                 entry.shard, entry.offset);
  if (entry.slices > 0) {
    fmt::format_to(at, "null,\"slices\":{}", entry.slices);
  } else if (!entry.crc32c) {
    Append(out, "null");
  } else {
    fmt::format_to(at, "\"0x{:08x}\"", *entry.crc32c);
  }
}

}  // namespace regraft::render
