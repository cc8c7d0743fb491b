// render/rows.h - headings and rows of a report, in the columns of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/render.h"
#include "regraft/rules.h"
#include "regraft/setting.h"
#include "render/fold.h"

namespace regraft::render {

/// "  = left  <- right  [note]", and sentences below it.
struct Row {
  std::string left, right, note;
  std::vector<std::string> below;
};

/// Appends to a text. Borrows both of its arguments.
class Writer {
 public:
  Writer(const TextOptions& options, std::string& out) : options_(options), out_(out) {}

  void Heading(std::string_view text);
  /// What stands to the right begins in one column, as far as the width allows.
  void Rows(char marker, std::vector<Row> rows);
  void More(std::size_t count);
  /// A sentence below a row or at the end, in as many lines as it needs.
  void Sentence(std::size_t indent, std::string_view text);
  /// What is there to be copied is never cut or broken.
  void Verbatim(std::size_t indent, std::string_view text);
  /// A line for each.
  void Maps(const std::vector<MapRule>& map);
  /// The rules of a plan, those with a problem first.
  void Rules(const std::vector<PlannedRule>& rules);

  static constexpr std::size_t kMargin = 4;  ///< Left of a row's name.
  static constexpr std::size_t kIndent = 6;  ///< Of what belongs to a row.

  /// In the words of the options' face.
  std::string Spelled(const Setting& setting) const;

 private:
  bool Fits(std::size_t columns, const std::string& piece) const;
  void Put(const std::string& piece, std::size_t& columns);
  void Add(const std::string& piece, std::size_t at, std::size_t& columns);
  std::string Paint(std::string_view color, std::string_view text) const;
  std::string Cut(std::string_view text, std::size_t indent) const;

  const TextOptions& options_;
  std::string& out_;
};

/// Alike names as rows: folded, or one by one if all are asked for.
std::vector<Folded> RowsOf(const std::vector<std::string>& names, bool all);

}  // namespace regraft::render
