// maps/group.h - what is gathered from where, and what of it is missing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "maps/match.h"

namespace regraft::maps {

/// The sources that one rule turns into some targets, and those.
struct Group {
  std::size_t rule = 0;
  std::vector<std::size_t> entries;  ///< In the order of the first op.
  Captures captures;                 ///< Those that the targets' names tell.
};

/// The groups of all rules, in their order; what is missing goes to `missing`, a name or a sentence
/// each: members of a group, and of rules that are not optional what others have, and holes.
std::vector<Group> Grouped(const CompiledMap& compiled, const Matches& matches,
                           std::vector<std::string>& missing);

/// How many values a capture has in all rules together.
std::int64_t CountOf(const Matches& matches, std::string_view capture);

}  // namespace regraft::maps
