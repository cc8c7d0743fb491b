// select/fold.h - many names as few globs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace regraft::select {

/// A glob and the names (by index) that it stands for; it matches exactly these.
struct Folded {
  std::string glob;
  std::vector<std::size_t> members;  ///< Ascending.
};

/// Names that differ in a number or in one whole part are folded: "layer_{0..11}/{bias,kernel}".
/// Sorted by natural order. Every name is a member of exactly one glob (twins share one).
std::vector<Folded> Fold(std::span<const std::string> names);

}  // namespace regraft::select
