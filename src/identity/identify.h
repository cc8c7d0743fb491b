// identity/identify.h - which entry is which target, by what their names are evidence of.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/identity.h"

namespace regraft::identity {

/// What one target may take, and why.
struct Finding {
  Evidence evidence = Evidence::kNone;
  /// Indices of entries: one if it is known, none if nothing was found, several if the names
  /// allow several or contradict each other.
  std::vector<std::size_t> entries;
  std::string detail;               ///< "rows of 4 alike".
  bool contradiction = false;       ///< The entries are what different witnesses say.
  std::vector<std::string> rivals;  ///< Other targets that chosen names give the same entry.
  std::vector<Witness> witnesses;

  bool known() const { return entries.size() == 1 && rivals.empty(); }
};

/// A source that is settled before: by a map.
inline constexpr std::ptrdiff_t kOpen = -1;
inline constexpr std::ptrdiff_t kNoSource = -2;

/// Finds the source of every target whose `settled` is kOpen; the others are indices of
/// entries, or kNoSource. Slots of optimizers follow their variables.
///
/// Pre:  settled.size() == targets.size().
/// Cost: about linear in the names; rows that differ cost the product of their lengths.
std::vector<Finding> Identify(const Catalog& source, std::span<const Target> targets,
                              std::span<const std::ptrdiff_t> settled, Identity identity);

}  // namespace regraft::identity
