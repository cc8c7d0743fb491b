#include "render/columns.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string WrappedCopyable(std::string_view line, std::size_t indent, std::size_t width) {
  std::string out(line.substr(0, std::min(indent, line.size())));
  std::size_t used = Columns(out), at = out.size();
  while (at < line.size()) {
    std::size_t end = at;
    bool quoted = false;
    // Two spaces stand behind a flag that has no value.
    const std::size_t behind = std::min(line.find(' ', at), line.size());
    const bool has_value =
        line.substr(at).starts_with("--") && behind + 1 < line.size() && line[behind + 1] != ' ';
    const std::size_t inside = has_value ? behind : line.size();
    for (; end < line.size() && (quoted || line[end] != ' ' || end == inside); ++end) {
      // An apostrophe inside a word opens nothing.
      if (line[end] == '\'')
        quoted = quoted ? false : end == at || line[end - 1] == ' ' || line[end - 1] == '=';
    }
    if (quoted) end = std::min(line.find(' ', at), line.size());
    const std::string_view word = line.substr(at, end - at);
    if (used > indent && used + 1 + Columns(word) > width) {
      if (out.back() == ' ') out.pop_back();
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += Columns(word);
    at = end + 1;
  }
  return out;
}

}  // namespace regraft::render
