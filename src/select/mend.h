// select/mend.h - what a plan with problems offers besides: near names, rules, readings.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "regraft/plan.h"
#include "regraft/rules.h"

namespace regraft::select {

/// Plans again with more map rules and another identity; nothing if that fails.
using PlanWith = std::function<std::optional<Plan>(std::span<const MapRule> more, Identity)>;

/// Fills candidates, suggestions, undecided groups, readings and notes of a plan of `targets`,
/// sorted by name, which has problems; does nothing to one that has none.
/// Cost: plans again for each suggestion and reading, at most a handful.
void Mend(const Catalog& source, std::span<const Target> targets, const Rules& rules,
          const PlanWith& plan_with, Plan& plan);

}  // namespace regraft::select
