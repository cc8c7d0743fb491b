// Tables as text, in the columns that there are.
#include <algorithm>
#include <limits>
#include <span>

#include "base/text.h"
#include "render/columns.h"
#include "render/draw.h"

namespace regraft::render {
namespace {

constexpr std::size_t kGap = 2;     // Between columns.
constexpr std::size_t kBelow = 4;   // Left of cells that have no room in their row.
constexpr std::size_t kLeast = 12;  // What is left of a name or a shape that is cut.

using Widths = std::vector<std::size_t>;

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

class Drawing {
 public:
  Drawing(const Table& table, const TextOptions& options, std::string& out)
      : table_(table),
        options_(options),
        out_(out),
        gap_(table.titled ? 1 : kGap),
        room_(options.all ? std::numeric_limits<std::size_t>::max() : options.width) {}

  void Draw() {
    std::vector<std::vector<std::string>> rows;
    for (const auto& cells : table_.rows) {
      auto& row = rows.emplace_back();
      for (std::size_t i = 0; i < cells.size(); ++i) row.push_back(Cell(cells[i], i));
    }
    Widths widths(table_.columns.size());
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const Column& column = table_.columns[i];
      widths[i] = table_.titled ? std::max(column.least, Columns(column.title)) : 0;
      for (const auto& row : rows) widths[i] = std::max(widths[i], Columns(row[i]));
    }
    std::size_t all = 0;
    for (const std::size_t width : widths) all += width + (all > 0 ? gap_ : 0);
    const bool narrow = table_.leading > 0 && all > room_;
    const bool below = narrow && widths.size() > table_.leading;
    if (narrow) FitLeading(widths);
    if (table_.titled) Titles(widths);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::span<const std::string> row = rows[i];
      const std::size_t first = below ? table_.leading : row.size();
      if (!table_.markers.empty()) out_ += std::string("  ") + table_.markers[i] + ' ';
      Cells(row.first(first), widths);
      Below(row.subspan(first));
    }
  }

 private:
  std::string Cell(const std::string& text, std::size_t column) const {
    std::string shown = Shown(text, options_.ascii);
    if (shown.empty() && column >= table_.leading) shown = "-";
    const std::size_t taken = Columns(shown);
    const Column& of = table_.columns[column];
    if (of.number && taken < of.least) shown.insert(0, of.least - taken, ' ');
    return shown;
  }

  // Makes the first of the leading columns as narrow as the width wants it, and the last:
  // names first, which keep some columns, then shapes.
  void FitLeading(Widths& widths) const {
    const auto left = [&](std::size_t taken) { return room_ > taken ? room_ - taken : 0; };
    const std::size_t last = table_.leading - 1;
    std::size_t between = last * gap_;
    for (std::size_t i = 1; i < last; ++i) between += widths[i];
    widths[last] = std::min(widths[last], std::max(left(between + kLeast), kLeast));
    widths[0] = std::min(widths[0], std::max(left(between + widths[last]), kLeast));
  }

  void Titles(const Widths& widths) {
    std::vector<std::string> titles;
    for (const Column& column : table_.columns) titles.push_back(column.title);
    out_ += '\n';
    Cells(titles, widths);
  }

  void Cells(std::span<const std::string> cells, const Widths& widths) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string text = CutMiddle(cells[i], widths[i], options_.ascii);
      const std::size_t pad = widths[i] - Columns(text);
      const bool before = table_.titled && table_.columns[i].number;
      if (before) out_.append(pad, ' ');
      out_ += text;
      if (i + 1 < cells.size()) out_.append((before ? 0 : pad) + gap_, ' ');
    }
    out_ += '\n';
  }

  // Cells that have no room in their row, on as many lines as they take.
  void Below(std::span<const std::string> cells) {
    std::string line;
    const auto flush = [&] {
      if (!line.empty()) out_ += std::string(kBelow, ' ') + line + '\n';
      line.clear();
    };
    for (const std::string& cell : cells) {
      if (cell == "-") continue;
      const std::string text =
          CutMiddle(std::string(Trimmed(cell)), room_ - kBelow, options_.ascii);
      if (kBelow + Columns(line) + kGap + Columns(text) > room_) flush();
      if (!line.empty()) line.append(kGap, ' ');
      line += text;
    }
    flush();
  }

  const Table& table_;
  const TextOptions& options_;
  std::string& out_;
  const std::size_t gap_;
  const std::size_t room_;
};

}  // namespace

void DrawTable(const Table& table, const TextOptions& options, std::string& out) {
  Drawing(table, options, out).Draw();
}

}  // namespace regraft::render
