#include "report/columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace regraft::report {
namespace {

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// The byte at which the character with this number begins, or the end.
std::size_t ByteOf(std::string_view text, std::size_t character) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (StartsCharacter(text[at]) && character-- == 0) return at;
  }
  return text.size();
}

}  // namespace

std::string Shown(std::string_view text, bool ascii) {
  std::string printable = Printable(text);
  if (!ascii) return printable;
  std::string out;
  for (std::string_view rest = printable; !rest.empty();) {
    if (rest.starts_with("…")) {
      out += "...";
      rest.remove_prefix(std::string_view("…").size());
    } else if (rest.starts_with("·")) {
      out += '-';
      rest.remove_prefix(std::string_view("·").size());
    } else {
      const auto byte = static_cast<unsigned char>(rest[0]);
      out += byte < 0x80 ? std::string(1, rest[0]) : fmt::format("\\x{:02x}", byte);
      rest.remove_prefix(1);
    }
  }
  return out;
}

std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

std::string CutMiddle(const std::string& text, std::size_t room, bool ascii) {
  const std::size_t columns = Columns(text);
  if (columns <= room) return text;
  const std::string_view dots = ascii ? "..." : "…";
  const std::size_t keep = room - std::min(room, Columns(dots));
  return text.substr(0, ByteOf(text, keep / 2)) + std::string(dots) +
         text.substr(ByteOf(text, columns - (keep - keep / 2)));
}

std::vector<std::string> Wrapped(std::string_view text, std::size_t room) {
  std::vector<std::string> lines(1);
  for (const std::string_view word : Split(text, ' ')) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (Columns(line) + 1 + Columns(word) <= room) {
      line += ' ';
      line += word;
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

}  // namespace regraft::report
