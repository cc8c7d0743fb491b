#include "regraft/trackable.h"

#include <algorithm>

#include "base/try.h"
#include "train/node.h"
#include "train/pending.h"

namespace regraft::train {
namespace {

// Links to objects that have died are dropped on the way.
void AddLink(std::vector<std::weak_ptr<Node>>& links, const NodePtr& to) {
  std::erase_if(
      links, [&](const std::weak_ptr<Node>& link) { return link.expired() || link.lock() == to; });
  links.push_back(to);
}

void RemoveLink(std::vector<std::weak_ptr<Node>>& links, const NodePtr& to) {
  std::erase_if(links, [&](const std::weak_ptr<Node>& link) { return link.lock() == to; });
}

template <typename F>
void RemoveEdges(const NodePtr& node, F removes) {
  std::vector<Node::Edge> gone;  // Dies last: an edge may be what keeps an object alive.
  std::erase_if(node->edges, [&](Node::Edge& own) {
    if (!removes(own)) return false;
    gone.push_back(std::move(own));
    return true;
  });
  for (const Node::Edge& own : gone) {
    // The same object may still hang on another edge.
    const NodePtr child = own.child.lock();
    const bool still =
        std::any_of(node->edges.begin(), node->edges.end(), [&](const Node::Edge& other) {
          return own.variable ? other.variable == own.variable
                              : child && other.child.lock() == child;
        });
    if (still) continue;
    if (child) RemoveLink(child->parents, node);
    if (own.variable) RemoveLink(own.variable->owners, node);
  }
}

}  // namespace

Variable Node::Handle(std::shared_ptr<Variable::State> state) { return Variable(std::move(state)); }

Trackable::Trackable() : node_(std::make_shared<Node>()) { node_->object = this; }
Trackable::~Trackable() = default;

std::vector<Variable> Trackable::variables() const { return VariablesBelow(node_); }

std::vector<Variable> Trackable::trainable_variables() const {
  std::vector<Variable> found = variables();
  std::erase_if(found, [](const Variable& variable) { return !variable.trainable(); });
  return found;
}

Result<std::vector<Target>> Trackable::Targets() const {
  REGRAFT_CHECK(CheckBuilt(node_));
  PathMap paths = PathsBelow(node_);
  std::vector<Target> targets;
  for (const Variable& variable : variables()) {
    std::vector<std::string>& own = paths[Node::Of(variable).get()];
    targets.push_back(MakeTarget(variable, own, RootPart::kAbsent));
  }
  NameReadably(targets);
  return targets;
}

Status Trackable::ReadCurrent(std::size_t index, std::span<std::byte> out) const {
  const std::vector<Variable> all = variables();
  if (index >= all.size()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "train/bad-index",
                      "there is no variable of this number"));
  }
  return ReadVariable(all[index], out);
}

Status Trackable::Commit(std::span<Staged> values) { return CommitVariables(variables(), values); }

void Trackable::Track(std::string_view edge, Trackable& child) {
  Untrack(edge);
  node_->edges.push_back({std::string(edge), child.node_, nullptr, nullptr, {}, 0});
  AddLink(child.node_->parents, node_);
}

void Trackable::TrackElement(std::string_view edge, std::string name,
                             std::shared_ptr<Trackable> child) {
  const std::string way = std::string(edge) + "/" + name;
  RemoveEdges(node_, [&](const Node::Edge& own) { return own.name == way; });
  if (!child) return;
  node_->edges.push_back({way, child->node_, child, nullptr, {}, edge.size() + 1});
  AddLink(child->node_->parents, node_);
}

void Trackable::Track(std::string_view edge, std::shared_ptr<Trackable> child) {
  if (!child) {
    Untrack(edge);
    return;
  }
  Track(edge, *child);
  node_->edges.back().keep = std::move(child);
}

void Trackable::AddVariable(std::string_view edge, const Variable& variable) {
  Untrack(edge);
  node_->edges.push_back({std::string(edge), {}, nullptr, Node::Of(variable), {}, 0});
  AddLink(Node::Of(variable)->owners, node_);
}

void Trackable::AlsoSaveAs(std::string_view edge, std::string_view other) {
  for (Node::Edge& own : node_->edges) {
    if (own.variable && own.name == edge) own.also.emplace_back(other);
  }
}

Variable Trackable::Own(std::string_view edge) const {
  for (const Node::Edge& own : node_->edges) {
    if (own.variable && own.name == edge) return Node::Handle(own.variable);
  }
  return Variable::Absent(Describe() + "/" + std::string(edge));
}

void Trackable::Untrack(std::string_view edge) {
  const std::string list = std::string(edge) + "/";
  RemoveEdges(
      node_, [&](const Node::Edge& own) { return own.name == edge || own.name.starts_with(list); });
}

void Trackable::SetBuilding(bool building) { node_->building = building; }
bool Trackable::building() const { return node_->building; }

Result<bool> Trackable::CompletePendingRestores() {
  bool restored = false;
  const std::vector<NodePtr> above = Ancestors(node_);
  // What is being built above this object will ask again when it is done.
  for (const NodePtr& node : above) {
    if (node->building) return false;
  }
  for (const NodePtr& node : above) {
    const std::vector<std::weak_ptr<PendingState>> waiting = node->pending;
    for (const std::weak_ptr<PendingState>& link : waiting) {
      const std::shared_ptr<PendingState> pending = link.lock();
      if (!pending || pending->outcome) continue;
      if (!pending->Ready()) continue;
      pending->Complete();
      if (!*pending->outcome) return Fail(pending->outcome->error());
      restored = true;
    }
    std::erase_if(node->pending, [](const std::weak_ptr<PendingState>& link) {
      const std::shared_ptr<PendingState> pending = link.lock();
      return !pending || pending->outcome;
    });
  }
  return restored;
}

std::vector<Trackable*> Trackable::parents() const {
  std::vector<Trackable*> found;
  for (const std::weak_ptr<Node>& link : node_->parents) {
    if (const NodePtr parent = link.lock()) found.push_back(parent->object);
  }
  return found;
}

std::vector<Trackable*> Trackable::Descendants() const {
  std::vector<Trackable*> found;
  for (const NodePtr& node : NodesBelow(node_)) found.push_back(node->object);
  return found;
}

}  // namespace regraft::train
