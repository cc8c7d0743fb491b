// render/by_class.h - how many entries of which class.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regraft/entry.h"

namespace regraft::render {

/// "397 optimizer, 1 step", the most frequent first. An entry is anything with a `cls`.
template <typename T>
std::string ByClass(const std::vector<T>& entries) {
  std::map<EntryClass, std::size_t> counts;
  for (const T& entry : entries) ++counts[entry.cls];
  std::vector<std::pair<EntryClass, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (const auto& [cls, count] : sorted) {
    std::string_view name = ClassName(cls).substr(1);
    if (count == 1 && name.ends_with('s')) name.remove_suffix(1);  // "1 weight".
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, name);
  }
  return out;
}

}  // namespace regraft::render
