// identity/rows.h - weak evidence: which variables are in the same place of rows that align.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "identity/tree.h"

namespace regraft::identity {

/// What the rows say of one target.
struct RowFinding {
  static constexpr std::ptrdiff_t kNothing = -1;

  std::ptrdiff_t certain = kNothing;  ///< The entry that every best alignment gives it.
  std::ptrdiff_t literal = kNothing;  ///< The entry at the same place, whatever stands around it.
  std::size_t here = 0, there = 0;    ///< Lengths of the two rows.
  bool trained = false;  ///< `literal` is what lists of optimizers say (identity/trained.h).
};

/// Compares the rows of two trees, for each of `targets` targets.
///
/// `contradicts(target, entry)` is true where something chosen says that the two differ.
struct RowQuestion {
  const Tree& targets;
  const Tree& entries;
  std::size_t count = 0;     ///< Of targets.
  bool root_absent = false;  ///< The targets' paths have no part that names the root.
  bool partial = false;      ///< Of an object there may be some variables only: a list of them.
  std::function<bool(std::size_t target, std::size_t entry)> contradicts;
};
std::vector<RowFinding> CompareRows(const RowQuestion& question);

}  // namespace regraft::identity
