#include "regraft/object_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "object_graph/paths.h"
#include "wire/messages.h"

namespace regraft {
namespace {

// Paths repeat what the message holds: a variable with ten paths has ten times its name.
constexpr std::size_t kPathBytes = std::size_t{64} << 20;

Error BadNode(std::size_t node, std::string_view what, std::int32_t number, std::size_t count) {
  return Error(ErrorCode::kCorrupt, "object-graph/bad-node",
               fmt::format("{} of node {} is node {}, but the object graph has nodes 0 to {}", what,
                           node, number, count - 1));
}

}  // namespace

Result<ObjectGraph> ObjectGraph::Parse(std::string_view message) {
  auto decoded = wire::DecodeObjectGraph(message);
  if (!decoded) {
    return Fail(Error(ErrorCode::kCorrupt, "object-graph/bad-message",
                      "the object graph cannot be decoded: " + decoded.error().message));
  }
  const std::size_t count = decoded->nodes.size();
  if (count == 0) {
    return Fail(Error(ErrorCode::kCorrupt, "object-graph/bad-message",
                      "the object graph has no nodes, not even a root"));
  }
  const auto in_range = [count](std::int32_t number) {
    return number >= 0 && static_cast<std::size_t>(number) < count;
  };

  ObjectGraph graph;
  graph.nodes_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    wire::TrackableObject& from = decoded->nodes[i];
    Node& to = graph.nodes_[i];
    to.children.reserve(from.children.size());
    for (wire::ObjectReference& child : from.children) {
      if (!in_range(child.node_id)) return Fail(BadNode(i, "a child", child.node_id, count));
      to.children.push_back({child.node_id, std::move(child.local_name)});
    }
    to.attributes.reserve(from.attributes.size());
    for (wire::SerializedTensor& attribute : from.attributes) {
      graph.by_key_.push_back(
          {static_cast<std::int32_t>(i), static_cast<std::uint32_t>(to.attributes.size())});
      to.attributes.push_back({std::move(attribute.name), std::move(attribute.full_name),
                               std::move(attribute.checkpoint_key)});
    }
    to.slots.reserve(from.slot_variables.size());
    for (wire::SlotVariable& slot : from.slot_variables) {
      if (!in_range(slot.original_variable_node_id)) {
        return Fail(BadNode(i, "the variable of a slot", slot.original_variable_node_id, count));
      }
      if (!in_range(slot.slot_variable_node_id)) {
        return Fail(BadNode(i, "a slot", slot.slot_variable_node_id, count));
      }
      to.slots.push_back(
          {slot.original_variable_node_id, std::move(slot.slot_name), slot.slot_variable_node_id});
    }
    if (from.registered_saver) {
      to.registered_saver = std::move(from.registered_saver->name);
      to.registered_object = std::move(from.registered_saver->object_name);
    }
    to.has_values = from.has_checkpoint_values;
  }
  std::stable_sort(graph.by_key_.begin(), graph.by_key_.end(), [&graph](Place a, Place b) {
    return graph.At(a).checkpoint_key < graph.At(b).checkpoint_key;
  });
  graph.paths_ = object_graph::AllPaths(graph.nodes_, kPathBytes + 4 * message.size());
  return graph;
}

ObjectGraph::Place ObjectGraph::FindKey(std::string_view key) const {
  const auto found = std::lower_bound(
      by_key_.begin(), by_key_.end(), key,
      [this](Place place, std::string_view k) { return At(place).checkpoint_key < k; });
  return found != by_key_.end() && At(*found).checkpoint_key == key ? *found : Place();
}

}  // namespace regraft
