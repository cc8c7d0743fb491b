#include "formats/numpy/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/text.h"
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

// The code points of what is UTF-8.
std::vector<std::uint32_t> PointsOf(std::string_view text) {
  std::vector<std::uint32_t> points;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
    }
    points.push_back(point);
    at += length;
  }
  return points;
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

Result<EncodedText> EncodeText(std::span<const std::string> values) {
  const bool is_text = std::all_of(values.begin(), values.end(),
                                   [](const std::string& value) { return IsUtf8(value); });
  const std::size_t unit = is_text ? 4 : 1;
  std::size_t longest = 1;  // NumPy has no shorter type.
  std::uint64_t total = 0;
  for (const std::string& value : values) {
    if (value.ends_with('\0')) {
      return Fail(Error(ErrorCode::kUnsupported, "numpy/strings",
                        "a string ends in a zero byte, and NumPy fills strings up with these")
                      .Hint("leave it out"));
    }
    longest = std::max(longest, is_text ? PointsOf(value).size() : value.size());
    total += value.size();
  }
  constexpr std::uint64_t kWaste = 64, kAnyhow = std::uint64_t{1} << 20;
  if (std::uint64_t{values.size()} * longest > total * kWaste + kAnyhow) {
    return Fail(Error(ErrorCode::kUnsupported, "numpy/strings",
                      fmt::format("NumPy gives each string the room of the longest, which has {}: "
                                  "that is far more than all of them have",
                                  Plural(longest, "character")))
                    .Hint("leave it out"));
  }
  EncodedText out{fmt::format("{}{}", is_text ? "<U" : "|S", longest), ""};
  out.bytes.reserve(values.size() * longest * unit);
  for (const std::string& value : values) {
    const std::size_t end = out.bytes.size() + longest * unit;
    if (is_text) {
      for (const std::uint32_t point : PointsOf(value)) {
        for (unsigned i = 0; i < 4; ++i) out.bytes += static_cast<char>(point >> (8 * i));
      }
    } else {
      out.bytes += value;
    }
    out.bytes.resize(end, '\0');
  }
  return out;
}

}  // namespace regraft::numpy
