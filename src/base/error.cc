#include "regraft/error.h"

#include <algorithm>

#include "base/error_rows.h"
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

Error&& Error::Offer(Remedy remedy) && {
  remedies.push_back(std::move(remedy));
  return std::move(*this);
}

std::string Error::Detail::Text(Face face) const { return text + Spelled(settings, face) + after; }

std::string Error::HintText(Face face) const {
  std::string out = hint;
  for (const Remedy& remedy : remedies) {
    std::string one = Spelled(remedy.settings, face);
    if (!one.empty() && !remedy.does.empty()) one += "  ";
    one += remedy.does;
    out += (out.empty() ? "" : "; or ") + one;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> RowsOf(const Error& error, Face face) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (!error.file.empty()) {
    const std::string at = error.offset ? " @ " + std::to_string(*error.offset) : "";
    rows.emplace_back("file", error.file + at);
  }
  if (!error.key.empty()) rows.emplace_back("key", error.key);
  for (const Error::Detail& detail : error.details)
    rows.emplace_back(detail.label, detail.Text(face));
  if (std::string text = error.HintText(face); !text.empty())
    rows.emplace_back("hint", std::move(text));
  return rows;
}

std::string Error::ToString(Face face) const {
  const auto rows = RowsOf(*this, face);
  std::size_t label_width = 8;
  for (const auto& [label, text] : rows) label_width = std::max(label_width, label.size());

  std::string out = "error[" + slug + "]: " + Printable(message);
  for (const auto& [label, text] : rows) {
    out += "\n  " + label + std::string(label_width - label.size() + 2, ' ') + Printable(text);
  }
  return out;
}

}  // namespace regraft
