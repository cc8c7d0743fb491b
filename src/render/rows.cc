#include "render/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "regraft/rules.h"
#include "render/columns.h"
#include "select/resolve.h"

namespace regraft::render {
namespace {

std::string_view ColorOf(char marker) {
  switch (marker) {
    case '=':
      return "32";
    case '!':
      return "31";
    case '~':
      return "33";
    default:
      return "2";
  }
}

}  // namespace

void Writer::Heading(std::string_view text) {
  out_ += fmt::format("{}\n", Paint("1", Cut(text, 0)));
}

void Writer::Rows(char marker, std::vector<Row> rows) {
  std::size_t left = 0, right = 0;
  for (Row& row : rows) {
    row.left = Cut(row.left, kMargin);
    if (!row.right.empty()) row.right = fmt::format("<- {}", Cut(row.right, kIndent + 3));
    if (!row.note.empty()) row.note = fmt::format("[{}]", Cut(row.note, kIndent + 2));
    const std::string& first = row.right.empty() ? row.note : row.right;
    if (!first.empty() && Fits(Columns(row.left), first)) {
      left = std::max(left, Columns(row.left));
      right = std::max(right, Columns(row.right));
    }
  }
  for (const Row& row : rows) {
    out_ += fmt::format("  {} ", Paint(ColorOf(marker), std::string(1, marker)));
    std::size_t columns = 0;  // After the margin.
    Put(row.left, columns);
    Add(row.right, left, columns);
    Add(row.note, row.right.empty() ? left : left + 2 + right, columns);
    out_ += '\n';
    for (const std::string& text : row.below) Sentence(kIndent, text);
  }
}

void Writer::More(std::size_t count) {
  out_ += fmt::format("    + {} more; {} lists them\n", count, Spelled({Option::kAll}));
}

void Writer::Maps(const std::vector<MapRule>& map) {
  for (const MapRule& rule : map) Verbatim(kMargin, Spelled(select::AsSetting(rule)));
}

std::string Writer::Spelled(const Setting& setting) const {
  return regraft::Spelled(setting, options_.face);
}

void Writer::Sentence(std::size_t indent, std::string_view text) {
  const std::size_t room = options_.width > indent ? options_.width - indent : 1;
  for (const std::string& line : Wrapped(Shown(text, options_.ascii), room)) {
    out_ += std::string(indent, ' ') + line + "\n";
  }
}

void Writer::Verbatim(std::size_t indent, std::string_view text) {
  out_ += std::string(indent, ' ') + Shown(text, options_.ascii) + "\n";
}

bool Writer::Fits(std::size_t columns, const std::string& piece) const {
  return kMargin + columns + 2 + Columns(piece) <= options_.width;
}

void Writer::Put(const std::string& piece, std::size_t& columns) {
  out_ += piece;
  columns += Columns(piece);
}

// Puts the piece at the column, else right behind what is there, else on its own line.
void Writer::Add(const std::string& piece, std::size_t at, std::size_t& columns) {
  if (piece.empty()) return;
  if (Fits(columns, piece)) {
    const std::size_t start = columns <= at && Fits(at, piece) ? at : columns;
    out_.append(start + 2 - columns, ' ');
    columns = start + 2;
  } else {
    out_ += "\n" + std::string(kIndent, ' ');
    columns = kIndent - kMargin;
  }
  Put(piece, columns);
}

std::string Writer::Paint(std::string_view color, std::string_view text) const {
  return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
}

std::string Writer::Cut(std::string_view text, std::size_t indent) const {
  const std::string shown = Shown(text, options_.ascii);
  constexpr std::size_t kLeast = 20;  // Narrower terminals have to wrap.
  const std::size_t room = std::max(options_.width, indent + kLeast) - indent;
  return options_.all ? shown : CutMiddle(shown, room, options_.ascii);
}

void Writer::Rules(const std::vector<PlannedRule>& rules) {
  if (!rules.empty()) Heading("rules");
  for (const bool problem : {true, false}) {
    std::vector<Row> rows;
    for (const PlannedRule& rule : rules) {
      if (rule.problem != problem) continue;
      std::string did = fmt::format("matched {}", rule.matched);
      if (rule.changed && *rule.changed != rule.matched)
        did += fmt::format(", changed {}", *rule.changed);
      rows.push_back({Spelled(rule.rule), "", std::move(did), {}});
      if (problem && !rule.advice.empty()) rows.back().below.push_back(rule.advice);
    }
    Rows(problem ? '!' : ' ', std::move(rows));
  }
}

std::vector<Folded> RowsOf(const std::vector<std::string>& names, bool all) {
  if (!all) return Fold(names);
  std::vector<Folded> rows;
  for (std::size_t i = 0; i < names.size(); ++i) rows.push_back({names[i], {i}});
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return NaturalLess(a.glob, b.glob); });
  return rows;
}

}  // namespace regraft::render
