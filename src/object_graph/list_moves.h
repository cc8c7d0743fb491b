// object_graph/list_moves.h - lists of optimizers close up when elements leave.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// The new names of elements that move up, by the node of the list and the number of the
/// edge. The lists are those of variables right below an optimizer: of all its
/// variables, of its first moments. Such a list has a place for each variable of the
/// program; one that a smaller program does not have leaves no gap. What the optimizer
/// has by an edge of its own as well (its counter, its rate) every program has: its place is
/// kept even if its value is not.
/// `stays(list, edge)` says whether an element does.
std::map<std::pair<std::int32_t, std::uint32_t>, std::string> MoveUp(
    std::span<const ObjectGraph::Node> nodes,
    const std::function<bool(std::int32_t list, std::uint32_t edge)>& stays);

}  // namespace regraft::object_graph
