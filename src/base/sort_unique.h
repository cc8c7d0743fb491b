// base/sort_unique.h - a list in an order that does not depend on how it was given.
#pragma once

#include <algorithm>
#include <vector>

namespace regraft {

/// Sorts the list and leaves each of its values once.
template <typename T>
void SortUnique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace regraft
