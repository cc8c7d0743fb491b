#include "formats/numpy/text.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "base/try.h"

namespace regraft::numpy {
namespace {

std::uint32_t UnitAt(std::string_view bytes, std::size_t at, std::endian order) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t from = order == std::endian::big ? i : 3 - i;
    unit = unit << 8 | static_cast<unsigned char>(bytes[at + from]);
  }
  return unit;
}

bool AppendUtf8(std::uint32_t point, std::string& out) {
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0 | point >> 6);
    add(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    add(0xe0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  } else {
    add(0xf0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3f));
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  }
  return true;
}

Result<std::string> FromUtf32(std::string_view item, std::endian order) {
  std::vector<std::uint32_t> points;
  for (std::size_t at = 0; at < item.size(); at += 4) points.push_back(UnitAt(item, at, order));
  while (!points.empty() && points.back() == 0) points.pop_back();
  std::string out;
  for (const std::uint32_t point : points) {
    if (AppendUtf8(point, out)) continue;
    return Fail(Error(ErrorCode::kCorrupt, "numpy/bad-strings",
                      fmt::format("a text has 0x{:x} in it, which is no code point", point)));
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> DecodeText(const Header& header, std::string_view bytes) {
  std::vector<std::string> out;
  const auto size = static_cast<std::size_t>(header.item_bytes);
  out.reserve(bytes.size() / size);
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string_view item = bytes.substr(at, size);
    if (header.text == Header::Text::kUtf32) {
      REGRAFT_TRY(std::string text, FromUtf32(item, header.byte_order));
      out.push_back(std::move(text));
    } else {
      out.emplace_back(item.substr(0, item.find_last_not_of('\0') + 1));
    }
  }
  return out;
}

}  // namespace regraft::numpy
