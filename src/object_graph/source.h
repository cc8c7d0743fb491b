// object_graph/source.h - one part of an edit: what is wanted of its graph, and the ways to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "object_graph/edit.h"
#include "object_graph/paths.h"
#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// Why a node has a place of its own in the new graph.
enum Want : std::uint8_t {
  kValue = 1,      ///< It has kept attributes.
  kVariable = 2,   ///< A slot of it is kept.
  kOptimizer = 4,  ///< It keeps that slot.
  kSaver = 8,      ///< It has a registered saver, and everything is kept.
};

struct KeptSlot {
  std::int32_t optimizer;
  const ObjectGraph::Slot* slot;
};

/// A slot that becomes a value under a path of its own.
struct Detached {
  std::int32_t node;
  std::string path;
};

/// What becomes of a path.
enum class Fate : std::uint8_t {
  kPassed,  ///< Nothing wanted is at its end, or it leads through something that goes.
  kSame,
  kChanged,
  kDropped,
};

/// Borrows the part and its graph.
struct Source {
  const Part* part = nullptr;
  bool whole = false;                                  ///< Every attribute is kept.
  bool same = true;                                    ///< Every path is kept as it is.
  std::vector<std::vector<std::uint32_t>> attributes;  ///< Of each node, the kept ones, ascending.
  std::vector<std::uint8_t> wants;                     ///< Of each node, bits of Want.
  std::vector<KeptSlot> slots;  ///< In the order of the graph; both ends can be reached.
  std::vector<Detached> detached;

  std::vector<PathStep> steps;
  std::vector<Fate> fates;                               ///< Of each step.
  std::unordered_map<std::size_t, std::string> renamed;  ///< The kChanged ones.
  std::vector<bool> gone;    ///< Nodes of which FindGoneOptimizers() says that they go.
  std::vector<bool> alive;   ///< Steps on the way to something that stays.
  std::vector<bool> on_way;  ///< Nodes on it.
  std::vector<bool> held;    ///< Nodes on the way to anything that was stored.
  /// New names of elements that move up, by the node of the list and the number of the edge.
  std::map<std::pair<std::int32_t, std::uint32_t>, std::string> moved;
  /// Kept values that nothing leads to any more.
  std::vector<std::int32_t> unreachable;

  std::span<const ObjectGraph::Node> nodes() const { return part->graph->nodes(); }
  const ObjectGraph::Node& At(std::int32_t node) const {
    return nodes()[static_cast<std::size_t>(node)];
  }
  /// The name that an edge has in the new graph if nothing renames it.
  const std::string& EdgeName(std::int32_t node, std::uint32_t edge) const;
  /// The old path as text.
  std::string PathText(std::size_t step) const;
  /// What a person calls a node with kept attributes.
  std::string NameOf(std::int32_t node) const;
  /// The node as it stands in the new graph, without edges and slots.
  ObjectGraph::Node Bare(std::int32_t node) const;
};

/// Looks at a part.
Source LookAt(const Part& part);

}  // namespace regraft::object_graph
