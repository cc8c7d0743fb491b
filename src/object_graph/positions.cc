#include "object_graph/positions.h"

#include <algorithm>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

Positions::Positions() : positions_(1), joined_(1, 0) {}

std::vector<Positions::Id> Positions::Insert(std::span<const std::string> edges) {
  std::vector<Id> ids = {0};
  for (const std::string& edge : edges) {
    const Id parent = ids.back();
    if (const auto it = child_.find({parent, edge}); it != child_.end()) {
      ids.push_back(it->second);
      continue;
    }
    const Id id = static_cast<Id>(positions_.size());
    Position& made = positions_.emplace_back();
    made.parent = parent;
    made.name = edge;
    joined_.push_back(id);
    child_.emplace(Step{parent, made.name}, id);
    positions_[parent].children.push_back(id);
    ids.push_back(id);
  }
  return ids;
}

void Positions::SetOrigin(Id position, Ref origin) {
  Position& at = positions_[position];
  at.mixed = at.mixed || (at.origin != Ref() && at.origin != origin);
  at.origin = origin;
}

void Positions::PutValue(Id position, Ref value, const std::string& old) {
  Position& at = positions_[position];
  if (!at.value) {
    at.value = value;
    at.old = old;
    places_[value].push_back(position);
  } else if (*at.value != value) {
    clashes_.push_back({PathOf(position),
                        {static_cast<std::size_t>(at.value->part), at.old},
                        {static_cast<std::size_t>(value.part), old}});
  }
}

void Positions::PutOptimizer(Id position, Ref optimizer) {
  std::vector<Ref>& there = positions_[position].optimizers;
  if (std::find(there.begin(), there.end(), optimizer) != there.end()) return;
  there.push_back(optimizer);
  places_[optimizer].push_back(position);
}

void Positions::Join() {
  for (const auto& [thing, places] : places_) {
    for (const Id place : places) Unite(places.front(), place);
  }
  // A pass joins from the leaves up; what it joins can make more equal only where values
  // lie below each other in turns, so few passes are needed, and what is missed is harmless.
  for (std::size_t pass = 0; pass < ObjectGraph::kMaxPathEdges && JoinStructure(); ++pass) {
  }
}

Positions::Id Positions::Find(Id position) {
  while (joined_[position] != position) {
    joined_[position] = joined_[joined_[position]];
    position = joined_[position];
  }
  return position;
}

void Positions::Unite(Id a, Id b) {
  std::vector<std::pair<Id, Id>> open = {{a, b}};
  while (!open.empty()) {
    Id into = Find(open.back().first);
    Id from = Find(open.back().second);
    open.pop_back();
    if (into == from) continue;
    if (positions_[into].children.size() < positions_[from].children.size()) {
      std::swap(into, from);
    }
    Position& to = positions_[into];
    Position& other = positions_[from];
    joined_[from] = into;
    if (!to.value) {
      to.value = other.value;
      to.old = std::move(other.old);
    } else if (other.value && *other.value != *to.value) {
      clashes_.push_back({PathOf(from),
                          {static_cast<std::size_t>(to.value->part), to.old},
                          {static_cast<std::size_t>(other.value->part), other.old}});
    }
    for (const Ref optimizer : other.optimizers) {
      if (std::find(to.optimizers.begin(), to.optimizers.end(), optimizer) == to.optimizers.end()) {
        to.optimizers.push_back(optimizer);
      }
    }
    to.mixed = to.mixed || other.mixed ||
               (to.origin != Ref() && other.origin != Ref() && to.origin != other.origin);
    if (to.origin == Ref()) to.origin = other.origin;
    for (const Id child : other.children) {
      const std::string_view name = positions_[child].name;
      child_.erase({from, name});
      const auto [there, added] = child_.emplace(Step{into, name}, child);
      if (added) {
        to.children.push_back(child);
      } else {
        open.emplace_back(there->second, child);
      }
    }
    other.children.clear();
  }
}

std::string Positions::Signature(Id position) {
  const Position& at = positions_[position];
  std::vector<Id> children = at.children;
  std::sort(children.begin(), children.end(),
            [this](Id a, Id b) { return positions_[a].name < positions_[b].name; });
  std::string text = std::to_string(at.origin.part) + ' ' + std::to_string(at.origin.node);
  for (const Id child : children) {
    const std::string& name = positions_[child].name;
    text += ' ' + std::to_string(Find(child)) + ' ' + std::to_string(name.size()) + ' ' + name;
  }
  return text;
}

bool Positions::JoinStructure() {
  bool any = false;
  std::unordered_map<std::string, Id> seen;
  for (Id id = static_cast<Id>(positions_.size()); id-- > 1;) {
    const Position& at = positions_[id];
    const bool plain = !at.value && at.optimizers.empty() && at.origin != Ref() && !at.mixed;
    if (!plain || Find(id) != id || id == Find(0)) continue;
    const auto [first, added] = seen.emplace(Signature(id), id);
    if (added) continue;
    Unite(first->second, id);
    any = true;
  }
  return any;
}

std::vector<Positions::Object> Positions::Objects() {
  std::vector<Object> objects;
  const auto add = [&](Id id) {
    Position& at = positions_[id];
    std::sort(at.children.begin(), at.children.end());
    Object& object = objects.emplace_back();
    object.id = id;
    for (const Id child : at.children) {
      object.children.emplace_back(positions_[child].name, Find(child));
    }
    object.value = at.value;
    object.optimizers = at.optimizers;
  };
  const Id root = Find(0);
  add(root);
  for (Id id = 0; id < positions_.size(); ++id) {
    if (Find(id) == id && id != root) add(id);
  }
  return objects;
}

std::optional<Positions::Id> Positions::ObjectOf(Ref thing) {
  const auto it = places_.find(thing);
  if (it == places_.end()) return std::nullopt;
  return Find(it->second.front());
}

std::string Positions::PathOf(Id position) const {
  std::vector<std::string_view> names;
  for (Id at = position; at != 0; at = positions_[at].parent) names.push_back(positions_[at].name);
  std::string path;
  for (std::size_t i = names.size(); i-- > 0;) {
    path += names[i];
    if (i > 0) path += '/';
  }
  return path;
}

}  // namespace regraft::object_graph
