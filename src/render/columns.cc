#include "render/columns.h"

#include <fmt/format.h>

#include "base/text.h"

namespace regraft::render {

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

}  // namespace regraft::render
