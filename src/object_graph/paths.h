// object_graph/paths.h - all simple paths of a graph, within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// One path that is kept: that of the step `before`, and one edge more.
struct PathStep {
  std::int32_t node;        ///< Where the path ends.
  std::uint32_t edge;       ///< Which of the children of the node before; of the root: 0.
  std::uint32_t edges = 0;  ///< The length of the path.
  std::size_t before = 0;   ///< Index of the step before; of the root: itself.
  std::size_t length = 0;   ///< Of its text.
};

/// What a path counts for in a budget.
constexpr std::size_t PathCost(std::size_t length) {
  return length + 1 + sizeof(std::string) + sizeof(PathStep);
}

/// The paths of every node, as ObjectGraph::PathsTo() promises them, as one tree: step 0 is
/// the root, a step comes after the one before it, shorter paths come first.
///
/// A graph of few bytes can have more simple paths than there are atoms, so only paths
/// that are kept are extended, and `budget` bounds the memory of all of them together:
/// when it is used up, the longer paths are missing.
/// Pre: every edge of `nodes` leads to a node.
std::vector<PathStep> WalkPaths(std::span<const ObjectGraph::Node> nodes, std::size_t budget);

/// The same as text.
std::vector<std::vector<std::string>> AllPaths(std::span<const ObjectGraph::Node> nodes,
                                               std::size_t budget);

}  // namespace regraft::object_graph
