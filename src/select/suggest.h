// select/suggest.h - map rules that would mend a plan.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "regraft/plan.h"
#include "select/nearness.h"

namespace regraft::select {

/// At most three sets of map rules that resolve the targets `missing`, best first, each
/// verified: `problems_with(rules)` plans again and counts what is left of `problems`.
std::vector<Suggestion> Suggest(
    const Catalog& source, const Nearness& nearness, std::span<const Target* const> missing,
    std::size_t problems,
    const std::function<std::size_t(std::span<const MapRule>)>& problems_with);

}  // namespace regraft::select
