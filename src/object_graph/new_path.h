// object_graph/new_path.h - a renamed path as edges.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft::object_graph {

/// A path of the new graph, and where it still is the old one.
struct NewPath {
  std::vector<std::string> edges;
  std::size_t front = 0;  ///< Edges at the beginning that are those of the old path.
  std::size_t back = 0;   ///< Edges at the end that are.
};

/// Reads `text`, the new name of the path of the edges `old`. What did not change at its
/// beginning and end keeps its edges, so that one with a '/' in it stays one; between
/// them every '/' separates. The empty text is the root.
/// Errors: kInvalidArgument "object-graph/bad-path" for an empty component.
Result<NewPath> ReadNewPath(std::span<const std::string_view> old, std::string_view text);

}  // namespace regraft::object_graph
