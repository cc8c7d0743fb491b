// regraft/live_objects.h - objects of a running program, and what leads to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/part_kind.h"

namespace regraft {

/// Objects of a running program, whatever framework they are of, as a tree: node 0 is the root,
/// cycles and sharing are legal. A value, immutable.
class LiveObjects {
 public:
  /// Who knows an edge. Keras 2 and Keras 3 have names of their own for one thing. A path has
  /// those of one of them: no file has both in one path, and all mixtures would be very many.
  enum class EdgeKind : std::uint8_t {
    kPlain,
    kKeras2,
    kKeras3,
    kNumber,  ///< A mere number, beside an edge that says more. Another program counts otherwise.
    kExtra,   ///< A list or a dict that Keras 3 keeps from TensorFlow: no file of its has it.
  };
  struct Edge {
    std::int32_t node = 0;
    std::string name;  ///< As the object has it, un-escaped.
    EdgeKind kind = EdgeKind::kPlain;
  };
  struct Node {
    std::vector<Edge> edges = {};  ///< In the order in which TensorFlow would save them.
    bool value = false;            ///< It holds a tensor.
    bool has_keys = false;         ///< Its edges are keys that a person chose, as those of a dict.
    bool optimizer = false;
  };

  /// A way from the root to a node.
  struct Path {
    std::vector<std::string> parts;  ///< Names of edges; none for the root.
    /// Of what kind each part is; empty if only the parts themselves tell: unless a number among
    /// them is a key.
    std::vector<PartKind> kinds;

    /// The parts, joined by '/'.
    std::string Text() const;
    bool operator==(const Path&) const = default;
  };

  /// Pre: there is a node, and every edge leads to one.
  explicit LiveObjects(std::vector<Node> nodes);

  std::size_t size() const { return nodes_.size(); }

  /// The paths to a node: those in Keras 2's names first, else shortest first. None goes through a
  /// node twice. In the names of one Keras there are at most ObjectGraph::kMaxPaths, each of at
  /// most ObjectGraph::kMaxPathEdges edges. Mere numbers count where nothing else leads there;
  /// none at all if no edge does.
  const std::vector<Path>& PathsTo(std::size_t node) const { return paths_[node]; }

  /// The key of a value in a file that TensorFlow wrote, if it has it as a number only: layers in
  /// a list that Keras 3 keeps from TensorFlow are numbered variables of an optimizer there. Else
  /// "".
  std::string KeyByNumber(std::size_t node) const;

  /// True for a node that only an optimizer has: not for variables of the model that it trains,
  /// and averages of them.
  bool IsOptimizers(std::size_t node) const { return of_optimizer_[node]; }

  /// Every key that the slot `name` of a variable may have in a file: one for each path of the
  /// variable and of the optimizer.
  std::vector<std::string> SlotKeys(std::size_t variable, std::string_view name,
                                    std::size_t optimizer) const;

 private:
  std::vector<Node> nodes_;
  std::vector<std::vector<Path>> paths_;
  std::vector<std::vector<std::string>> numbered_;  // Parts; empty if no edge is of a kind.
  std::vector<bool> of_optimizer_;
};

}  // namespace regraft
