#include "regraft/error.h"

#include <algorithm>

#include "base/text.h"

namespace regraft {

int ExitStatus(ErrorCode code) { return static_cast<int>(code); }

Error&& Error::InFile(std::string path) && {
  if (file.empty()) file = std::move(path);
  return std::move(*this);
}

Error&& Error::AtOffset(std::uint64_t at) && {
  if (!offset) offset = at;
  return std::move(*this);
}

Error&& Error::ForKey(std::string name) && {
  if (key.empty()) key = std::move(name);
  return std::move(*this);
}

Error&& Error::With(std::string label, std::string text) && {
  details.push_back({std::move(label), std::move(text)});
  return std::move(*this);
}

Error&& Error::Hint(std::string text) && {
  if (hint.empty()) hint = std::move(text);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::vector<Detail> rows;
  if (!file.empty()) {
    rows.push_back({"file", file + (offset ? " @ " + std::to_string(*offset) : "")});
  }
  if (!key.empty()) rows.push_back({"key", key});
  rows.insert(rows.end(), details.begin(), details.end());
  if (!hint.empty()) rows.push_back({"hint", hint});

  std::size_t label_width = 8;
  for (const Detail& row : rows) label_width = std::max(label_width, row.label.size());

  std::string out = "error[" + slug + "]: " + Printable(message);
  for (const Detail& row : rows) {
    out += "\n  " + row.label + std::string(label_width - row.label.size() + 2, ' ') +
           Printable(row.text);
  }
  return out;
}

}  // namespace regraft
