// object_graph/write.h - numbering, keys and bytes of a graph, as TensorFlow has them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// Puts nodes in TensorFlow's order: breadth first from node 0 in the order of the edges,
/// then slots, optimizer by optimizer. Numbers in edges and slots follow; what cannot be
/// reached is left out, and so are slots of variables that are. The result maps each new
/// number to the old one.
std::vector<std::int32_t> InTensorFlowOrder(std::vector<ObjectGraph::Node>& nodes);

/// Gives every attribute the key that TensorFlow gives it: the first shortest path from the
/// root in escaped edges, `/.ATTRIBUTES/`, the escaped name; for a slot the variable's path,
/// `/.OPTIMIZER_SLOT/`, the optimizer's path and the slot's name
/// (docs/format/object_graph.md, "Keys").
/// Pre: InTensorFlowOrder() was called.
void AssignKeys(std::vector<ObjectGraph::Node>& nodes);

/// Sets has_values of every node: does it, or anything below it, hold a value.
void MarkValues(std::vector<ObjectGraph::Node>& nodes);

/// The serialized message.
std::string Serialize(std::span<const ObjectGraph::Node> nodes);

}  // namespace regraft::object_graph
