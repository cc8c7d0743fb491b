// train/node.h - an object's place in the tree, and walks over it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "regraft/buffer.h"
#include "regraft/error.h"
#include "regraft/identity.h"
#include "regraft/restore.h"
#include "regraft/tensor.h"
#include "regraft/trackable.h"
#include "regraft/variable.h"

namespace regraft::train {

struct PendingState;

/// What a Variable's handles share.
struct Variable::State {
  std::string full_name;
  TensorSpec spec;
  bool trainable = true;
  NameOrigin origin = NameOrigin::kGiven;
  Buffer value;
  std::vector<std::weak_ptr<Node>> owners;
};

/// An object's place in the tree. The object alone owns it, so that links to an object that
/// has died lead nowhere.
struct Node {
  /// A variable or a child; the child is perhaps kept alive by the edge.
  struct Edge {
    std::string name;  // All of the way: "layers/0".
    std::weak_ptr<Node> child;
    std::shared_ptr<Trackable> keep;
    std::shared_ptr<Variable::State> variable;
    std::vector<std::string> also;  // Further names, when it is saved.
    /// Of an element of a map: where its own name, which may have a '/', begins in `name`.
    std::size_t element = 0;
  };

  Trackable* object = nullptr;
  std::vector<Edge> edges;
  std::vector<std::weak_ptr<Node>> parents;  // Each once; some may have died.
  std::vector<std::weak_ptr<PendingState>> pending;
  bool building = false;

  static const std::shared_ptr<Node>& Of(const Trackable& object) { return object.node_; }
  static const std::shared_ptr<Variable::State>& Of(const Variable& variable) {
    return variable.state_;
  }
  static Variable Handle(std::shared_ptr<Variable::State> state);
};

using NodePtr = std::shared_ptr<Node>;
using StatePtr = std::shared_ptr<Variable::State>;

/// `root` and the live objects below it, each once, depth first in edge order.
std::vector<NodePtr> NodesBelow(const NodePtr& root);

/// The variables below `root`, each once, depth first in edge order.
std::vector<Variable> VariablesBelow(const NodePtr& root);

/// Every edge path from `root` to each variable below it, fewest components first, then in
/// edge order. No path visits an object twice. At most ObjectGraph::kMaxPaths a variable.
using PathMap = std::unordered_map<const Variable::State*, std::vector<std::string>>;
PathMap PathsBelow(const NodePtr& root);

/// The objects above `node` that nothing holds, `node` itself if nothing holds it. Of a
/// cycle that nothing holds, the object farthest from `node`.
std::vector<NodePtr> TopmostAbove(const NodePtr& node);
/// The same for the owners of a variable; empty if it has none.
std::vector<NodePtr> TopmostAbove(const Variable& variable);

/// `node` and everything above it, each once, nearest first.
std::vector<NodePtr> Ancestors(const NodePtr& node);

/// Success if every object below `root` is built.
/// Errors: kUnmet "train/not-built".
enum class Purpose { kRestore, kSave };
Status CheckBuilt(const NodePtr& root, Purpose purpose = Purpose::kRestore);
/// Errors: kUnmet "train/not-built" for Variable::Absent().
Status CheckExists(const Variable& variable);

/// Errors: kUnmet "train/object-gone".
Result<NodePtr> LockObject(const std::weak_ptr<Node>& object, const std::string& keyword);

/// What `variable`, found by `paths`, is called, as a target that has no name yet.
Target MakeTarget(const Variable& variable, std::vector<std::string> paths, RootPart root);

/// Gives such targets the names that people see. They differ if the paths do.
void NameReadably(std::span<Target> targets);

/// Destination's members over a list of variables.
Status ReadVariable(const Variable& variable, std::span<std::byte> out);
Status CommitVariables(std::span<const Variable> variables, std::span<Destination::Staged> values);

}  // namespace regraft::train
