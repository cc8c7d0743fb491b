// regraft/object_graph.h - the tree of objects that a TF2 checkpoint stores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft {

/// The trackable object graph of an object-based checkpoint: nodes (objects, node 0 the
/// root), named edges, attributes (stored values) and slot variables of optimizers.
/// Cycles and sharing are legal. See docs/format/object_graph.md. A value, immutable.
class ObjectGraph {
 public:
  struct Edge {
    std::int32_t node = 0;
    std::string name;  ///< Un-escaped.
  };
  struct Attribute {
    std::string name;            ///< "VARIABLE_VALUE" for a variable.
    std::string full_name;       ///< The variable's own name, without ":0"; may be empty or shared.
    std::string checkpoint_key;  ///< Where the value is stored; not always a key of the file.
  };
  struct Slot {
    std::int32_t variable = 0;  ///< The node whose slot it is.
    std::string name;           ///< "m", "v", "momentum" …
    std::int32_t slot = 0;      ///< The node that holds the value.
  };
  struct Node {
    std::vector<Edge> children;
    std::vector<Attribute> attributes;
    std::vector<Slot> slots;         ///< Filled for optimizers of the older kind.
    std::string registered_saver;    ///< Its name, or empty.
    std::string registered_object;   ///< What that saver calls the object.
    std::optional<bool> has_values;  ///< As stored; absent in older files.
  };

  /// Decodes the serialized message. Every node number in the result is in range.
  /// Errors: kCorrupt "object-graph/bad-message", "object-graph/bad-node".
  static Result<ObjectGraph> Parse(std::string_view message);

  std::span<const Node> nodes() const& { return nodes_; }
  std::span<const Node> nodes() const&& = delete;

  /// Edge paths from the root to `node`, un-escaped and joined by '/', shortest first
  /// (equal lengths in the order of the file). No path visits a node twice; each extends a
  /// path of the node before it. At most kMaxPaths, of at most kMaxPathEdges edges; none
  /// for slot variables, which no edge leads to. The root itself has the one path "".
  const std::vector<std::string>& PathsTo(std::int32_t node) const& {
    return paths_[static_cast<std::size_t>(node)];
  }
  const std::vector<std::string>& PathsTo(std::int32_t node) const&& = delete;
  static constexpr std::size_t kMaxPaths = 32;
  static constexpr std::size_t kMaxPathEdges = 256;

  /// One attribute of one node.
  struct Place {
    std::int32_t node = -1;
    std::uint32_t attribute = 0;
  };
  /// Every attribute, sorted by its key as unsigned bytes; equal keys in order of the nodes.
  std::span<const Place> by_key() const& { return by_key_; }
  std::span<const Place> by_key() const&& = delete;
  const Attribute& At(Place place) const& {
    return nodes_[static_cast<std::size_t>(place.node)].attributes[place.attribute];
  }
  const Attribute& At(Place place) const&& = delete;
  /// The first attribute stored under `key`; node -1 if there is none. O(log n).
  Place FindKey(std::string_view key) const;
  /// Its node alone.
  std::int32_t NodeOfKey(std::string_view key) const { return FindKey(key).node; }

 private:
  std::vector<Node> nodes_;
  std::vector<std::vector<std::string>> paths_;
  std::vector<Place> by_key_;
};

}  // namespace regraft
