// train/object_tree.h - the object graph of what is to be saved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "regraft/error.h"
#include "regraft/object_graph.h"
#include "train/node.h"

namespace regraft::train {

/// Nodes as they were met, and the variable of each node that is one.
struct ObjectTree {
  std::vector<ObjectGraph::Node> nodes;
  std::vector<std::optional<Variable>> variables;
};

/// Puts an ObjectTree together. Node 0, the root, is the first that is made.
class ObjectTreeBuilder {
 public:
  /// A new node without a value.
  std::int32_t Add();
  /// The node of a variable, made when it is first asked for. Pre: the variable exists.
  std::int32_t Of(const Variable& variable);
  /// The node of an object; what is below it follows in Finish().
  std::int32_t Of(const NodePtr& object);

  /// Errors: kInvalidArgument "train/name-twice" if the edge leads elsewhere already.
  Status Connect(std::int32_t from, const std::string& edge, std::int32_t to);

  /// Adds what is below the objects. Call it before edges that shall come after those of an
  /// object. Errors: kInvalidArgument "train/name-twice", kUnmet "train/not-built".
  Status Expand();
  /// Call once, last. Errors: as Expand().
  Result<ObjectTree> Finish();

 private:
  Status ExpandEdges(std::int32_t number, const Node& object);

  std::vector<ObjectGraph::Node> nodes_;
  std::vector<std::optional<Variable>> variables_;
  std::unordered_map<const void*, std::int32_t> numbers_;  // Of objects and variables.
  std::map<std::pair<std::int32_t, std::string>, std::int32_t> edges_;
  std::set<std::int32_t> lists_;  // Nodes that stand for lists and maps of objects.
  std::vector<std::pair<std::int32_t, NodePtr>> objects_;
  std::size_t expanded_ = 0;
};

}  // namespace regraft::train
