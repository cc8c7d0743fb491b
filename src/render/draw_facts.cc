// Labelled lines as text.
#include <algorithm>

#include "base/text.h"
#include "render/columns.h"
#include "render/draw.h"

namespace regraft::render {
namespace {

constexpr std::size_t kLabel = 12;      // Columns of a label, and one space behind it.
constexpr std::size_t kExplaining = 8;  // At least; two spaces before and behind it.

std::string Padded(std::string text, std::size_t columns) {
  const std::size_t taken = Columns(text);
  if (taken < columns) text.append(columns - taken, ' ');
  return text;
}

void DrawWords(const Fact& fact, const TextOptions& options, std::string& out) {
  std::string label = Padded(Shown(fact.label, options.ascii), kLabel), line;
  for (const std::string& word : fact.words) {
    const std::string shown = Shown(word, options.ascii);
    if (!line.empty() && kLabel + 1 + Columns(line) + 1 + Columns(shown) > options.width) {
      out += label + ' ' + line + '\n';
      label.assign(kLabel, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + shown;
  }
  out += label + ' ' + line + '\n';
}

}  // namespace

void DrawFacts(const Facts& facts, const TextOptions& options, std::string& out) {
  if (!facts.explaining) {
    for (const Fact& fact : facts.facts) DrawWords(fact, options, out);
    return;
  }
  std::vector<std::string> labels;
  std::size_t columns = kExplaining;
  for (const Fact& fact : facts.facts) {
    labels.push_back(Shown(fact.label, options.ascii));
    columns = std::max(columns, Columns(labels.back()));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t indent = 2 + columns + 2;
    std::string text;
    for (const std::string& word : facts.facts[i].words) text += Shown(word, options.ascii);
    // A command is there to be copied.
    const bool whole = text.starts_with("regraft ");
    const std::string line = "  " + Padded(labels[i], columns) + "  " + text;
    out += (whole ? line : WrappedCopyable(line, indent, options.width)) + '\n';
  }
}

}  // namespace regraft::render
