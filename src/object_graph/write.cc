#include "object_graph/write.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "regraft/key.h"
#include "wire/messages.h"

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// The escaped path by which the breadth-first walk first comes to each node.
std::vector<std::string> FirstPaths(std::span<const Node> nodes, std::vector<bool>& reached) {
  std::vector<std::string> paths(nodes.size());
  reached.assign(nodes.size(), false);
  if (nodes.empty()) return paths;
  reached[0] = true;
  std::vector<std::int32_t> open = {0};
  for (std::size_t at = 0; at < open.size(); ++at) {
    const std::int32_t node = open[at];
    for (const ObjectGraph::Edge& edge : nodes[Index(node)].children) {
      if (reached[Index(edge.node)]) continue;
      reached[Index(edge.node)] = true;
      const std::string& before = paths[Index(node)];
      paths[Index(edge.node)] = (node == 0 ? "" : before + "/") + EscapeEdge(edge.name);
      open.push_back(edge.node);
    }
  }
  return paths;
}

}  // namespace

std::vector<std::int32_t> InTensorFlowOrder(std::vector<Node>& nodes) {
  std::vector<std::int32_t> order;
  std::vector<std::int32_t> number(nodes.size(), -1);
  const auto take = [&](std::int32_t node) {
    if (number[Index(node)] >= 0) return;
    number[Index(node)] = static_cast<std::int32_t>(order.size());
    order.push_back(node);
  };
  if (!nodes.empty()) take(0);
  for (std::size_t at = 0; at < order.size(); ++at) {
    for (const ObjectGraph::Edge& edge : nodes[Index(order[at])].children) take(edge.node);
  }
  // Slots come after all objects; no edge leads to them.
  const std::size_t objects = order.size();
  for (std::size_t at = 0; at < objects; ++at) {
    std::vector<ObjectGraph::Slot>& slots = nodes[Index(order[at])].slots;
    std::erase_if(slots,
                  [&](const ObjectGraph::Slot& slot) { return number[Index(slot.variable)] < 0; });
    for (const ObjectGraph::Slot& slot : slots) take(slot.slot);
  }
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  for (const std::int32_t old : order) {
    Node node = std::move(nodes[Index(old)]);
    for (ObjectGraph::Edge& edge : node.children) edge.node = number[Index(edge.node)];
    for (ObjectGraph::Slot& slot : node.slots) {
      slot.variable = number[Index(slot.variable)];
      slot.slot = number[Index(slot.slot)];
    }
    sorted.push_back(std::move(node));
  }
  nodes = std::move(sorted);
  return order;
}

void AssignKeys(std::vector<Node>& nodes) {
  std::vector<bool> reached;
  std::vector<std::string> paths = FirstPaths(nodes, reached);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const ObjectGraph::Slot& slot : nodes[i].slots) {
      if (reached[Index(slot.slot)]) continue;
      reached[Index(slot.slot)] = true;
      paths[Index(slot.slot)] = SlotPath(paths[Index(slot.variable)], paths[i], slot.name);
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (ObjectGraph::Attribute& attribute : nodes[i].attributes) {
      attribute.checkpoint_key = AttributeKey(paths[i], attribute.name);
    }
  }
}

void MarkValues(std::vector<Node>& nodes) {
  std::vector<std::vector<std::int32_t>> parents(nodes.size());
  std::vector<std::int32_t> open;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    for (const ObjectGraph::Edge& edge : node.children) {
      parents[Index(edge.node)].push_back(static_cast<std::int32_t>(i));
    }
    const bool holds =
        !node.attributes.empty() || !node.slots.empty() || !node.registered_saver.empty();
    nodes[i].has_values = holds;
    if (holds) open.push_back(static_cast<std::int32_t>(i));
  }
  while (!open.empty()) {
    const std::int32_t node = open.back();
    open.pop_back();
    for (const std::int32_t parent : parents[Index(node)]) {
      if (std::exchange(nodes[Index(parent)].has_values, true) != true) open.push_back(parent);
    }
  }
}

std::string Serialize(std::span<const Node> nodes) {
  wire::ObjectGraph message;
  message.nodes.reserve(nodes.size());
  for (const Node& node : nodes) {
    wire::TrackableObject out;
    for (const ObjectGraph::Edge& edge : node.children) {
      out.children.push_back({edge.node, edge.name});
    }
    for (const ObjectGraph::Attribute& attribute : node.attributes) {
      out.attributes.push_back({attribute.name, attribute.full_name, attribute.checkpoint_key});
    }
    for (const ObjectGraph::Slot& slot : node.slots) {
      out.slot_variables.push_back({slot.variable, slot.name, slot.slot});
    }
    if (!node.registered_saver.empty()) {
      out.registered_saver = wire::RegisteredSaver{node.registered_saver, node.registered_object};
    }
    out.has_checkpoint_values = node.has_values;
    message.nodes.push_back(std::move(out));
  }
  return wire::EncodeObjectGraph(message);
}

}  // namespace regraft::object_graph
