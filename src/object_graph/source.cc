#include "object_graph/source.h"

#include <algorithm>
#include <optional>

#include "base/sort_unique.h"
#include "object_graph/gone_optimizers.h"
#include "object_graph/list_moves.h"

namespace regraft::object_graph {
namespace {

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// The paths that the graph itself has kept, no more and no less.
std::size_t BudgetOf(const ObjectGraph& graph) {
  std::size_t budget = 0;
  for (std::size_t i = 1; i < graph.nodes().size(); ++i) {
    for (const std::string& path : graph.PathsTo(static_cast<std::int32_t>(i))) {
      budget += PathCost(path.size());
    }
  }
  return budget;
}

// Takes the slots that get names of their own from their optimizers.
void Detach(Source& source) {
  const ObjectGraph& graph = *source.part->graph;
  if (!source.part->detach) return;
  std::vector<bool> left(source.nodes().size(), false);
  for (const KeptSlot& kept : source.slots) {
    const std::int32_t node = kept.slot->slot;
    if (left[Index(node)] || !graph.PathsTo(node).empty()) continue;
    std::optional<std::string> path =
        source.part->detach({node, source.attributes[Index(node)][0]});
    if (!path) continue;
    left[Index(node)] = true;
    source.same = false;
    source.detached.push_back({node, *std::move(path)});
  }
  std::erase_if(source.slots, [&](const KeptSlot& kept) { return left[Index(kept.slot->slot)]; });
}

void WantValues(Source& source) {
  const ObjectGraph& graph = *source.part->graph;
  for (const ObjectGraph::Place place : source.part->kept) {
    source.attributes[Index(place.node)].push_back(place.attribute);
    source.wants[Index(place.node)] |= kValue;
  }
  std::size_t kept = 0;
  for (std::vector<std::uint32_t>& list : source.attributes) {
    SortUnique(list);
    kept += list.size();
  }
  source.whole = kept == graph.by_key().size();
  for (std::size_t i = 0; i < source.nodes().size(); ++i) {
    const ObjectGraph::Node& node = source.nodes()[i];
    if (source.whole && !node.registered_saver.empty()) source.wants[i] |= kSaver;
    for (const ObjectGraph::Slot& slot : node.slots) {
      if ((source.wants[Index(slot.slot)] & kValue) == 0) continue;
      source.slots.push_back({static_cast<std::int32_t>(i), &slot});
    }
  }
  Detach(source);
  for (const KeptSlot& kept_slot : source.slots) {
    source.wants[Index(kept_slot.optimizer)] |= kOptimizer;
    source.wants[Index(kept_slot.slot->variable)] |= kVariable;
  }
}

// The new path of what is at `step`. Rules speak of values; an object without one goes where
// they put what is below it.
std::optional<std::string> NewText(const Source& source, std::size_t step,
                                   const std::string& path) {
  const auto& rename = source.part->rename;
  const std::uint8_t wants = source.wants[Index(source.steps[step].node)];
  const bool is_root = source.steps[step].edges == 0;
  if ((wants & (kValue | kVariable)) == 0 && !is_root) {
    std::optional<std::string> below = rename(path + "/");
    if (!below || below->empty()) return below;
    if (below->ends_with('/')) {
      below->pop_back();
      return below;
    }
  }
  std::optional<std::string> text = rename(path);
  if (is_root && text && text->ends_with('/')) text->pop_back();
  return text;
}

void DecideFates(Source& source) {
  source.fates.assign(source.steps.size(), Fate::kPassed);
  std::vector<bool> cut(source.steps.size(), false);  // A step comes after the one before it.
  for (std::size_t i = 0; i < source.steps.size(); ++i) {
    const PathStep& step = source.steps[i];
    cut[i] = cut[step.before] || source.gone[Index(step.node)];
    if (cut[i] || source.wants[Index(step.node)] == 0) continue;
    source.fates[i] = Fate::kSame;
    if (!source.part->rename) continue;
    const std::string path = source.PathText(i);
    std::optional<std::string> text = NewText(source, i, path);
    if (text == path) continue;
    source.same = false;
    source.fates[i] = text ? Fate::kChanged : Fate::kDropped;
    if (text) source.renamed.emplace(i, *std::move(text));
  }
}

void FindGone(Source& source) {
  std::vector<bool> kept(source.wants.size());
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = (source.wants[i] & kValue) != 0;
  source.gone = FindGoneOptimizers(source.nodes(), kept);
}

// Which nodes can still be reached, and by which slots.
void DropUnreachable(Source& source) {
  std::vector<bool> stays(source.nodes().size(), false);
  for (std::size_t i = 0; i < source.steps.size(); ++i) {
    if (source.fates[i] == Fate::kSame || source.fates[i] == Fate::kChanged) {
      stays[Index(source.steps[i].node)] = true;
    }
  }
  std::erase_if(source.slots, [&](const KeptSlot& kept) {
    return !stays[Index(kept.optimizer)] || !stays[Index(kept.slot->variable)];
  });
  for (const KeptSlot& kept : source.slots) stays[Index(kept.slot->slot)] = true;
  for (const Detached& slot : source.detached) stays[Index(slot.node)] = true;
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if ((source.wants[i] & kValue) != 0 && !stays[i]) {
      source.unreachable.push_back(static_cast<std::int32_t>(i));
    }
  }
}

void FindWay(Source& source) {
  const std::vector<PathStep>& steps = source.steps;
  std::vector<bool> wanted(steps.size(), false), stored(steps.size(), false);
  source.alive.assign(steps.size(), false);
  source.on_way.assign(source.nodes().size(), false);
  source.held.assign(source.nodes().size(), false);
  // A step comes after the one before it.
  for (std::size_t i = steps.size(); i-- > 0;) {
    const ObjectGraph::Node& node = source.At(steps[i].node);
    if (!node.attributes.empty() || !node.slots.empty() || !node.registered_saver.empty()) {
      stored[i] = true;
    }
    if (stored[i]) {
      stored[steps[i].before] = true;
      source.held[Index(steps[i].node)] = true;
    }
    if (source.fates[i] != Fate::kPassed) wanted[i] = true;
    if (source.fates[i] == Fate::kSame || source.fates[i] == Fate::kChanged) {
      source.alive[i] = true;
    }
    if (wanted[i]) wanted[steps[i].before] = true;
    if (source.alive[i]) {
      source.alive[steps[i].before] = true;
      source.on_way[Index(steps[i].node)] = true;
    }
  }
  // An element of a list can leave it and stay elsewhere.
  std::map<std::pair<std::int32_t, std::uint32_t>, bool> leaves;
  if (!source.same) {
    for (std::size_t i = 1; i < steps.size(); ++i) {
      if (!wanted[i]) continue;
      const auto [at, added] =
          leaves.try_emplace({steps[steps[i].before].node, steps[i].edge}, true);
      at->second = at->second && !source.alive[i];
    }
  }
  source.moved = MoveUp(source.nodes(), [&](std::int32_t list, std::uint32_t edge) {
    const auto leaving = leaves.find({list, edge});
    if (leaving != leaves.end()) return !leaving->second;
    return static_cast<bool>(source.on_way[Index(source.At(list).children[edge].node)]);
  });
}

}  // namespace

const std::string& Source::EdgeName(std::int32_t node, std::uint32_t edge) const {
  const auto it = moved.find({node, edge});
  return it != moved.end() ? it->second : At(node).children[edge].name;
}

std::string Source::PathText(std::size_t step) const {
  std::string text(steps[step].length, '/');
  std::size_t end = text.size();
  for (std::size_t at = step; at != 0; at = steps[at].before) {
    const std::string& edge = At(steps[steps[at].before].node).children[steps[at].edge].name;
    text.replace(end - edge.size(), edge.size(), edge);
    end -= edge.size() + (steps[at].edges > 1 ? 1 : 0);
  }
  return text;
}

std::string Source::NameOf(std::int32_t node) const {
  const std::vector<std::string>& paths = part->graph->PathsTo(node);
  if (!paths.empty()) return paths.front();
  const auto& all = At(node).attributes;
  return all.empty() ? "node " + std::to_string(node) : all.front().checkpoint_key;
}

ObjectGraph::Node Source::Bare(std::int32_t node) const {
  const ObjectGraph::Node& from = At(node);
  ObjectGraph::Node to;
  for (const std::uint32_t i : attributes[Index(node)]) {
    to.attributes.push_back(from.attributes[i]);
    std::string& name = to.attributes.back().full_name;
    if (part->rename_full && !name.empty()) name = part->rename_full(name);
  }
  // What such a saver stores has no attribute to be chosen by.
  if (whole) {
    to.registered_saver = from.registered_saver;
    to.registered_object = from.registered_object;
  }
  return to;
}

Source LookAt(const Part& part) {
  Source source;
  source.part = &part;
  const std::size_t count = source.nodes().size();
  source.attributes.resize(count);
  source.wants.resize(count, 0);
  WantValues(source);
  FindGone(source);
  source.steps = WalkPaths(source.nodes(), BudgetOf(*part.graph));
  DecideFates(source);
  DropUnreachable(source);
  FindWay(source);
  return source;
}

}  // namespace regraft::object_graph
