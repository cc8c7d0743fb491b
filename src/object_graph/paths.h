// object_graph/paths.h - all simple paths of a graph, within bounds.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// The paths of every node, as ObjectGraph::PathsTo() promises them.
///
/// A graph of few bytes can have more simple paths than there are atoms, so only paths
/// that are kept are extended, and `budget` bounds the memory of all of them together:
/// when it is used up, the longer paths are missing.
/// Pre: every edge of `nodes` leads to a node.
std::vector<std::vector<std::string>> AllPaths(std::span<const ObjectGraph::Node> nodes,
                                               std::size_t budget);

}  // namespace regraft::object_graph
