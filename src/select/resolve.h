// select/resolve.h - which entry feeds which target (docs/names.md).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regraft/plan.h"
#include "regraft/select.h"
#include "select/names.h"

namespace regraft::select {

/// Where one target's value comes from.
struct Resolution {
  Step step = Step::kNone;
  Spelling spelling = Spelling::kKey;
  /// Indices of entries: one if resolved, none if nothing was found, several if ambiguous.
  std::vector<std::size_t> entries;
  std::string rule;                 ///< The map rule that named the source; or empty.
  bool conflict = false;            ///< Two map rules of the same rank name different entries.
  std::vector<std::string> rivals;  ///< Other targets that found the same entry by the same step.

  bool resolved() const { return entries.size() == 1 && !conflict && rivals.empty(); }
};

struct ResolvedTargets {
  std::vector<Resolution> targets;          ///< In the order of the targets.
  std::vector<std::size_t> rule_matches;    ///< Targets that each map rule touched.
};

/// Resolves every target: by its map rule if one names it, else by the first of the four
/// steps that yields a source. Cost: about linear in all names.
ResolvedTargets Resolve(const NameIndex& names, std::span<const Target> targets,
                        std::span<const MapRule> map);

/// "--map 'a=>b'", as a person would type it.
std::string MapRuleText(const MapRule& rule);

}  // namespace regraft::select
