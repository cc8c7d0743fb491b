// maps/match.h - which entries the rules of a map take, and as what.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "maps/compile.h"
#include "regraft/catalog.h"
#include "regraft/error.h"

namespace regraft::maps {

/// One entry that a pattern of a rule takes.
struct Match {
  std::size_t pattern = 0;  ///< Of CompiledRule::from.
  std::size_t entry = 0;
  Captures captures;
};

struct Matches {
  std::vector<std::vector<Match>> rules;  ///< Of each rule, in the order of entries.
  std::vector<bool> skipped;              ///< Of each entry.
  std::string prefix;
};

/// Fixes the prefix and the alternatives, adds captures that others are made of, and leaves out
/// what a condition leaves out.
/// Errors: kUnmet "map/unfit" if several prefixes fit, or an unravelling does not;
///         kInvalidArgument "select/bad-pattern".
Result<Matches> FindMatches(const TensorMap& map, const CompiledMap& compiled,
                            const Catalog& catalog);

/// True if the value of the capture follows from others that the map unravels.
/// `known` says which captures there are.
bool FollowsFrom(std::span<const Unravel> unravel, std::string_view name,
                 const std::function<bool(std::string_view)>& known);

}  // namespace regraft::maps
