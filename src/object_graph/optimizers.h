// object_graph/optimizers.h - which objects are optimizers, told by the names of their edges.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// Edge names that tell what their parent is, as bits, so that a node is looked at once.
enum EdgeBit : std::uint32_t {
  kCounter = 1u << 0,
  kRate = 1u << 1,
  kVariables = 1u << 2,
  kStep = 1u << 3,
  kFirstMoment = 1u << 4,
  kSecondMoment = 1u << 5,
  kWrapped = 1u << 6,
  kLossScale = 1u << 7,
  kNormalizer = 1u << 8,
  kMovingMean = 1u << 9,
  kMovingVariance = 1u << 10,
  kAverage = 1u << 11,
  kHidden = 1u << 12,
  kAverageCounter = 1u << 13,
};

/// The bit of an edge name; 0 if it tells nothing.
std::uint32_t EdgeBitOf(std::string_view name);

/// True if `bits` holds all of `wanted`.
inline bool HasBits(std::uint32_t bits, std::uint32_t wanted) { return (bits & wanted) == wanted; }

/// For every node the bits of its edges.
std::vector<std::uint32_t> EdgeBits(std::span<const ObjectGraph::Node> nodes);

/// For every node whether it is an optimizer, or wraps one.
/// Pre: `bits` are EdgeBits(nodes).
std::vector<bool> FindOptimizers(std::span<const ObjectGraph::Node> nodes,
                                 std::span<const std::uint32_t> bits);

/// Which edges of an optimizer lead to parts of it: variables, lists of them, and what has a
/// known name. A program may hang a model on the object that trains it.
class Belongings {
 public:
  /// Borrows the nodes. `is_optimizer` is FindOptimizers(); it is borrowed, too.
  Belongings(std::span<const ObjectGraph::Node> nodes, const std::vector<bool>& is_optimizer);
  /// True for an edge of an optimizer that leads to something else.
  bool LeadsOut(const ObjectGraph::Edge& edge) const;

 private:
  const std::vector<bool>& is_optimizer_;
  std::vector<bool> is_composite_;  // Has a child that is no element of a list.
};

/// True for the name of an element of a list: digits and nothing else.
inline bool IsElementName(std::string_view edge) {
  return !edge.empty() && edge.find_first_not_of("0123456789") == std::string_view::npos;
}

/// An element of a list: its number, and which edge leads to it.
struct Element {
  std::uint64_t number = 0;
  std::uint32_t edge = 0;
};
/// The elements of a node in the order of their numbers, which may have gaps. Nothing if the node
/// is no list: an edge is no number, or two have one.
std::optional<std::vector<Element>> ElementsOf(const ObjectGraph::Node& list);

}  // namespace regraft::object_graph
