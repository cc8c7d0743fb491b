// object_graph/draft.h - the nodes of a new graph, before they get numbers and keys.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "object_graph/source.h"
#include "regraft/error.h"
#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// Where an attribute of a draft comes from.
struct Provenance {
  std::size_t part = 0;
  ObjectGraph::Place place;
};

struct Draft {
  std::vector<ObjectGraph::Node> nodes;  ///< Node 0 is the root; attributes have their old keys.
  std::vector<std::vector<Provenance>> provenance;  ///< Of each attribute of each node.

  /// Adds a node of a source without edges and slots; its number.
  std::int32_t Add(const Source& source, std::size_t part, std::int32_t node);
};

/// The graph of one source without what is not wanted. Everything that stays keeps all of its
/// edges.
/// Pre: source.same.
Draft Prune(const Source& source);

/// The graph that has every wanted thing at its new paths.
/// Errors: see Edit().
Result<Draft> Compose(std::span<const Source> sources);

}  // namespace regraft::object_graph
