// select/resolve.h - which entry feeds which target (docs/names.md).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "identity/identify.h"
#include "regraft/identity.h"
#include "regraft/names.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "regraft/setting.h"
#include "select/names.h"

namespace regraft::select {

/// Where one target's value comes from.
struct Resolution {
  identity::Finding found;
  Spelling spelling = Spelling::kKey;
  Setting rule;           ///< The map rule that named the source; or empty.
  bool conflict = false;  ///< Two map rules of the same rank name different entries.

  bool resolved() const { return found.known() && !conflict; }
};

struct ResolvedTargets {
  std::vector<Resolution> targets;        ///< In the order of the targets.
  std::vector<std::size_t> rule_matches;  ///< Targets that each map rule touched.
};

/// Resolves every target: by its map rule if one names it, else by what its names are evidence
/// of. Cost: about linear in all names.
ResolvedTargets Resolve(const NameIndex& names, std::span<const Target> targets,
                        std::span<const MapRule> map, Identity identity = Identity::kSure);

/// The rule as a setting.
Setting AsSetting(const MapRule& rule);

}  // namespace regraft::select
