#include "object_graph/list_moves.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "object_graph/optimizers.h"

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;

struct Element {
  std::uint64_t number;
  std::uint32_t edge;
};

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// The elements in their order; nothing if the node is not a list of variables.
std::optional<std::vector<Element>> ElementsOf(std::span<const Node> nodes, const Node& list) {
  std::vector<Element> elements;
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const ObjectGraph::Edge& edge = list.children[i];
    std::uint64_t number = 0;
    const char* end = edge.name.data() + edge.name.size();
    const auto read = std::from_chars(edge.name.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || std::to_string(number) != edge.name ||
        !nodes[Index(edge.node)].children.empty()) {
      return std::nullopt;
    }
    elements.push_back({number, static_cast<std::uint32_t>(i)});
  }
  std::stable_sort(elements.begin(), elements.end(),
                   [](Element a, Element b) { return a.number < b.number; });
  const auto repeated = std::adjacent_find(
      elements.begin(), elements.end(), [](Element a, Element b) { return a.number == b.number; });
  if (repeated != elements.end()) return std::nullopt;
  return elements;
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
    const auto elements = ElementsOf(nodes, nodes[Index(list)]);
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
