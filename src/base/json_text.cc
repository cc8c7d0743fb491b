#include "base/json_text.h"

#include <string_view>

#include "base/text.h"

namespace regraft {
namespace {

constexpr std::string_view kBytesMark = "\xef\xbf\xbe";  // U+FFFE.

}  // namespace

std::string JsonText(const std::string& text) {
  if (IsUtf8(text) && !text.starts_with(kBytesMark)) return text;
  std::string out(kBytesMark);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

std::string TextFromJson(const std::string& text) {
  if (!text.starts_with(kBytesMark)) return text;
  std::string out;
  for (std::size_t i = kBytesMark.size(); i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size()) {
      out += text[i];
    } else {
      out +=
          static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F));
    }
  }
  return out;
}

}  // namespace regraft
