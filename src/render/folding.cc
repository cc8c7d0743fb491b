#include "render/folding.h"

#include <algorithm>

#include "base/text.h"

namespace regraft::render {

std::vector<select::Folded> RowsOf(const std::vector<std::string>& names, bool all) {
  if (!all) return select::Fold(names);
  std::vector<select::Folded> rows;
  for (std::size_t i = 0; i < names.size(); ++i) rows.push_back({names[i], {i}});
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return NaturalLess(a.glob, b.glob); });
  return rows;
}

}  // namespace regraft::render
