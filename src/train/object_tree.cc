#include "train/object_tree.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "base/try.h"
#include "regraft/key.h"

namespace regraft::train {
namespace {

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// The components of an edge: those of lists on the way, then its own.
std::vector<std::string> WayOf(const Node::Edge& edge) {
  const std::string_view name = edge.name;
  std::vector<std::string> way;
  if (edge.element == 0) {
    for (const std::string_view part : Split(name, '/')) way.emplace_back(part);
  } else {
    for (const std::string_view part : Split(name.substr(0, edge.element - 1), '/')) {
      way.emplace_back(part);
    }
    way.emplace_back(name.substr(edge.element));
  }
  return way;
}

Error NameTwice(const std::string& edge) {
  return Error(ErrorCode::kInvalidArgument, "train/name-twice",
               fmt::format("the edge '{}' would lead to two different things", edge))
      .Hint("a checkpoint knows what is below an object by its edges: give each its own");
}

}  // namespace

std::int32_t ObjectTreeBuilder::Add() {
  nodes_.emplace_back();
  variables_.emplace_back();
  return static_cast<std::int32_t>(nodes_.size() - 1);
}

std::int32_t ObjectTreeBuilder::Of(const Variable& variable) {
  const auto [at, fresh] = numbers_.try_emplace(Node::Of(variable).get(), 0);
  if (!fresh) return at->second;
  at->second = Add();
  nodes_.back().attributes.push_back({std::string(kValueAttribute), variable.full_name(), ""});
  variables_.back() = variable;
  return at->second;
}

std::int32_t ObjectTreeBuilder::Of(const NodePtr& object) {
  const auto [at, fresh] = numbers_.try_emplace(object.get(), 0);
  if (!fresh) return at->second;
  at->second = Add();
  objects_.emplace_back(at->second, object);
  return at->second;
}

Status ObjectTreeBuilder::Connect(std::int32_t from, const std::string& edge, std::int32_t to) {
  const auto [at, fresh] = edges_.try_emplace({from, edge}, to);
  if (!fresh) {
    if (at->second == to) return {};
    return Fail(NameTwice(edge));
  }
  nodes_[Index(from)].children.push_back({to, edge});
  return {};
}

Status ObjectTreeBuilder::ExpandEdges(std::int32_t number, const Node& object) {
  for (const Node::Edge& edge : object.edges) {
    const NodePtr child = edge.child.lock();
    if (!edge.variable && !child) continue;  // An object that has died.
    if (edge.variable) REGRAFT_CHECK(CheckExists(Node::Handle(edge.variable)));
    const std::int32_t to = edge.variable ? Of(Node::Handle(edge.variable)) : Of(child);
    std::vector<std::string> way = WayOf(edge);
    const std::string last = std::move(way.back());
    way.pop_back();
    std::int32_t from = number;
    for (const std::string& list : way) {
      if (const auto known = edges_.find({from, list}); known != edges_.end()) {
        if (!lists_.contains(known->second)) return Fail(NameTwice(list));
        from = known->second;
        continue;
      }
      const std::int32_t made = Add();
      lists_.insert(made);
      REGRAFT_CHECK(Connect(from, list, made));
      from = made;
    }
    REGRAFT_CHECK(Connect(from, last, to));
    for (const std::string& other : edge.also) REGRAFT_CHECK(Connect(from, other, to));
  }
  return {};
}

Status ObjectTreeBuilder::Expand() {
  for (; expanded_ < objects_.size(); ++expanded_) {
    const auto [number, object] = objects_[expanded_];
    REGRAFT_CHECK(ExpandEdges(number, *object));
  }
  return {};
}

Result<ObjectTree> ObjectTreeBuilder::Finish() {
  REGRAFT_CHECK(Expand());
  return ObjectTree{std::move(nodes_), std::move(variables_)};
}

}  // namespace regraft::train
