// Walks over the tree of objects.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "base/text.h"
#include "regraft/naming.h"
#include "regraft/object_graph.h"
#include "regraft/variable.h"
#include "train/node.h"

namespace regraft::train {
namespace {

std::string Joined(const std::string& path, const std::string& edge) {
  return path.empty() ? edge : path + "/" + edge;
}

// The way from the root to one visit of a node, for cutting cycles.
struct Visit {
  NodePtr node;
  std::string path;
  std::shared_ptr<const Visit> above;
};

bool Contains(const Visit* visit, const Node* node) {
  for (; visit != nullptr; visit = visit->above.get()) {
    if (visit->node.get() == node) return true;
  }
  return false;
}

// Calls `on_visit` for each way from `root` to an object, fewest edges first.
template <typename F>
void WalkPaths(const NodePtr& root, F on_visit) {
  // A node is entered at most kMaxPaths times, so that sharing cannot multiply the work.
  std::unordered_map<const Node*, std::size_t> entered;
  std::deque<std::shared_ptr<const Visit>> queue;
  queue.push_back(std::make_shared<Visit>(Visit{root, "", nullptr}));
  while (!queue.empty()) {
    const std::shared_ptr<const Visit> visit = std::move(queue.front());
    queue.pop_front();
    on_visit(*visit);
    for (const Node::Edge& edge : visit->node->edges) {
      NodePtr child = edge.child.lock();
      if (!child || Contains(visit.get(), child.get())) continue;
      if (++entered[child.get()] > ObjectGraph::kMaxPaths) continue;
      queue.push_back(
          std::make_shared<Visit>(Visit{std::move(child), Joined(visit->path, edge.name), visit}));
    }
  }
}

}  // namespace

std::vector<NodePtr> NodesBelow(const NodePtr& root) {
  std::vector<NodePtr> found;
  std::unordered_set<const Node*> seen;
  std::vector<NodePtr> stack = {root};
  while (!stack.empty()) {
    const NodePtr node = std::move(stack.back());
    stack.pop_back();
    if (!seen.insert(node.get()).second) continue;
    found.push_back(node);
    for (auto edge = node->edges.rbegin(); edge != node->edges.rend(); ++edge) {
      if (NodePtr child = edge->child.lock()) stack.push_back(std::move(child));
    }
  }
  return found;
}

std::vector<Variable> VariablesBelow(const NodePtr& root) {
  std::vector<Variable> found;
  std::unordered_set<const Variable::State*> seen;
  for (const NodePtr& node : NodesBelow(root)) {
    for (const Node::Edge& edge : node->edges) {
      if (edge.variable && seen.insert(edge.variable.get()).second) {
        found.push_back(Node::Handle(edge.variable));
      }
    }
  }
  return found;
}

PathMap PathsBelow(const NodePtr& root) {
  PathMap paths;
  WalkPaths(root, [&](const Visit& visit) {
    for (const Node::Edge& edge : visit.node->edges) {
      if (!edge.variable) continue;
      std::vector<std::string>& own = paths[edge.variable.get()];
      if (own.size() < ObjectGraph::kMaxPaths) own.push_back(Joined(visit.path, edge.name));
    }
  });
  // An edge of a list has several components, so fewest edges is not yet shortest.
  const auto components = [](const std::string& path) {
    return std::count(path.begin(), path.end(), '/');
  };
  for (auto& [variable, own] : paths) {
    std::stable_sort(own.begin(), own.end(), [&](const std::string& a, const std::string& b) {
      return components(a) < components(b);
    });
  }
  return paths;
}

std::vector<NodePtr> Ancestors(const NodePtr& node) {
  std::vector<NodePtr> found = {node};
  std::unordered_set<const Node*> seen = {node.get()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const NodePtr at = found[i];
    for (const std::weak_ptr<Node>& link : at->parents) {
      NodePtr parent = link.lock();
      if (parent && seen.insert(parent.get()).second) found.push_back(std::move(parent));
    }
  }
  return found;
}

std::vector<NodePtr> TopmostAbove(const NodePtr& node) {
  const std::vector<NodePtr> all = Ancestors(node);
  std::vector<NodePtr> top;
  for (const NodePtr& candidate : all) {
    const bool held = std::any_of(candidate->parents.begin(), candidate->parents.end(),
                                  [](const std::weak_ptr<Node>& p) { return !p.expired(); });
    if (!held) top.push_back(candidate);
  }
  if (top.empty()) top.push_back(all.back());
  return top;
}

std::vector<NodePtr> TopmostAbove(const Variable& variable) {
  std::vector<NodePtr> top;
  for (const std::weak_ptr<Node>& link : Node::Of(variable)->owners) {
    const NodePtr owner = link.lock();
    if (!owner) continue;
    for (NodePtr& candidate : TopmostAbove(owner)) {
      if (std::find(top.begin(), top.end(), candidate) == top.end()) {
        top.push_back(std::move(candidate));
      }
    }
  }
  return top;
}

Status CheckBuilt(const NodePtr& root, Purpose purpose) {
  std::vector<std::string> unbuilt;
  std::unordered_set<const Node*> named;
  WalkPaths(root, [&](const Visit& visit) {
    if (visit.node->object->built() || !named.insert(visit.node.get()).second) return;
    unbuilt.push_back(visit.path.empty()
                          ? visit.node->object->Describe()
                          : fmt::format("{}: {}", visit.path, visit.node->object->Describe()));
  });
  if (unbuilt.empty()) return {};
  const bool saves = purpose == Purpose::kSave;
  Error error(ErrorCode::kUnmet, "train/not-built",
              fmt::format("{} not built yet, so the variables to {} do not exist",
                          unbuilt.size() == 1 ? "1 object is"
                                              : fmt::format("{} objects are", unbuilt.size()),
                          saves ? "save" : "restore"));
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(unbuilt.size(), kShown); ++i) {
    error.details.push_back({"not built", unbuilt[i]});
  }
  if (unbuilt.size() > kShown) {
    error.details.push_back({"", fmt::format("and {} more", unbuilt.size() - kShown)});
  }
  error.hint = saves ? "call the model once on data, or Build(input_shape), before saving"
                     : "call the model once on data, or Build(input_shape), before restoring; to "
                       "restore when that happens, ask for it: Checkpoint::RestoreOnBuild()";
  return Fail(std::move(error));
}

Status CheckExists(const Variable& variable) {
  if (variable.exists()) return {};
  return Fail(Error(ErrorCode::kUnmet, "train/not-built",
                    fmt::format("{} does not exist: its object is not built yet, or has no such "
                                "variable",
                                variable.full_name()))
                  .Hint("call the model once on data, or Build(input_shape), before taking "
                        "variables from it"));
}

Result<NodePtr> LockObject(const std::weak_ptr<Node>& object, const std::string& keyword) {
  if (NodePtr node = object.lock()) return node;
  return Fail(Error(ErrorCode::kUnmet, "train/object-gone",
                    fmt::format("the object{} does not exist any more",
                                keyword.empty() ? "" : fmt::format(" under '{}'", keyword)))
                  .Hint("keep the model alive, or give it as a std::shared_ptr"));
}

void NameReadably(std::span<Target> targets) {
  std::vector<Naming> things;
  for (const Target& target : targets) {
    Naming& thing = things.emplace_back();
    thing.paths = target.paths;
    thing.full_name = target.full_name;
  }
  std::vector<std::string> names = ReadableNames(things);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i].name = std::move(names[i]);
}

Target MakeTarget(const Variable& variable, std::vector<std::string> paths, RootPart root) {
  Target target;
  target.spec = variable.spec();
  target.paths = std::move(paths);
  target.root = root;
  target.full_name = variable.full_name();
  const std::vector<std::string_view> parts = Split(target.full_name, '/');
  target.name_kinds.assign(parts.size(), PartKind::kGiven);
  if (variable.name_origin() == NameOrigin::kNumbered) {
    // The last part is the variable's own. A class of the program's own may be the one that
    // counts, so without a name that is known to count, any may.
    const auto last = parts.end() - 1;
    const bool known = std::any_of(parts.begin(), last, IsAutomaticName);
    for (auto part = parts.begin(); part != last; ++part) {
      if (known && !IsAutomaticName(*part)) continue;
      target.name_kinds[static_cast<std::size_t>(part - parts.begin())] = PartKind::kNumbered;
    }
  }
  return target;
}

}  // namespace regraft::train
