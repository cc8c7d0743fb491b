#include "object_graph/list_moves.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "object_graph/optimizers.h"

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// The elements of a list of variables; nothing if the node is none.
std::optional<std::vector<Element>> VariablesOf(std::span<const Node> nodes, const Node& list) {
  const bool leaves = std::all_of(
      list.children.begin(), list.children.end(),
      [&](const ObjectGraph::Edge& edge) { return nodes[Index(edge.node)].children.empty(); });
  return leaves ? ElementsOf(list) : std::nullopt;
}

}  // namespace

std::map<std::pair<std::int32_t, std::uint32_t>, std::string> MoveUp(
    std::span<const Node> nodes,
    const std::function<bool(std::int32_t list, std::uint32_t edge)>& stays) {
  const std::vector<std::uint32_t> bits = EdgeBits(nodes);
  const std::vector<bool> is_optimizer = FindOptimizers(nodes, bits);
  std::map<std::int32_t, std::set<std::int32_t>> owners;  // Of each list.
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    // A counter and a rate alone are no sign of such lists: a program may hang them, and lists
    // of its own, on any object.
    const bool has_lists = !nodes[i].slots.empty() || HasBits(bits[i], kVariables) ||
                           HasBits(bits[i], kStep | kFirstMoment | kSecondMoment);
    if (!is_optimizer[i] || !has_lists) continue;
    for (const ObjectGraph::Edge& edge : nodes[i].children) {
      if (!is_optimizer[Index(edge.node)]) {
        owners[edge.node].insert(static_cast<std::int32_t>(i));
      }
    }
  }
  std::map<std::pair<std::int32_t, std::uint32_t>, std::string> moved;
  for (const auto& [list, optimizers] : owners) {
    const auto elements = VariablesOf(nodes, nodes[Index(list)]);
    if (!elements) continue;
    std::set<std::int32_t> own;
    for (const std::int32_t optimizer : optimizers) {
      for (const ObjectGraph::Edge& edge : nodes[Index(optimizer)].children) own.insert(edge.node);
    }
    std::uint64_t left = 0;
    for (const Element element : *elements) {
      if (stays(list, element.edge)) {
        if (left > 0) moved[{list, element.edge}] = std::to_string(element.number - left);
      } else if (!own.contains(nodes[Index(list)].children[element.edge].node)) {
        ++left;
      }
    }
  }
  return moved;
}

}  // namespace regraft::object_graph
