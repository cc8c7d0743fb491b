#include <cstddef>

#include "object_graph/draft.h"
#include "object_graph/keras.h"

namespace regraft::object_graph {

std::int32_t Draft::Add(const Source& source, std::size_t part, std::int32_t node) {
  nodes.push_back(source.Bare(node));
  std::vector<Provenance>& from = provenance.emplace_back();
  for (const std::uint32_t i : source.attributes[static_cast<std::size_t>(node)]) {
    from.push_back({part, {node, i}});
  }
  return static_cast<std::int32_t>(nodes.size()) - 1;
}

namespace {

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

// Which nodes and edges of a source stay.
class Remains {
 public:
  explicit Remains(const Source& source)
      : source_(source), stays_(source.on_way), lost_optimizer_(stays_.size(), false) {
    if (stays_.empty()) return;
    stays_[0] = true;
    std::vector<std::int32_t> open;
    for (std::size_t i = 0; i < stays_.size(); ++i) {
      if (stays_[i]) open.push_back(static_cast<std::int32_t>(i));
      for (const ObjectGraph::Edge& edge : source.nodes()[i].children) {
        if (source.gone[Index(edge.node)]) lost_optimizer_[i] = true;
      }
    }
    while (!open.empty()) {
      const std::int32_t node = open.back();
      open.pop_back();
      for (const ObjectGraph::Edge& edge : source.At(node).children) {
        if (stays_[Index(edge.node)] || !IsEmptyPart(node, edge)) continue;
        stays_[Index(edge.node)] = true;
        open.push_back(edge.node);
      }
    }
  }

  bool Has(std::int32_t node) const { return stays_[Index(node)]; }
  bool Has(std::int32_t node, const ObjectGraph::Edge& edge) const {
    return Has(edge.node) && !WentWithOptimizer(node, edge);
  }

 private:
  // An object that never held anything is a part of the one that has it: a layer without
  // variables, an empty list. One that lost all that it held is not.
  bool IsEmptyPart(std::int32_t node, const ObjectGraph::Edge& edge) const {
    return !source_.held[Index(edge.node)] && !WentWithOptimizer(node, edge);
  }

  bool WentWithOptimizer(std::int32_t node, const ObjectGraph::Edge& edge) const {
    return lost_optimizer_[Index(node)] && !source_.held[Index(edge.node)] &&
           IsMadeByCompiling(edge.name);
  }

  const Source& source_;
  std::vector<bool> stays_;
  std::vector<bool> lost_optimizer_;  // Had an edge to one that is gone.
};

}  // namespace

Draft Prune(const Source& source) {
  Draft draft;
  const Remains remains(source);
  std::vector<std::int32_t> number(source.nodes().size(), -1);
  const auto number_of = [&](std::int32_t node) -> std::int32_t& { return number[Index(node)]; };
  const auto count = static_cast<std::int32_t>(number.size());
  for (std::int32_t i = 0; i < count; ++i) {
    if (remains.Has(i)) number_of(i) = draft.Add(source, 0, i);
  }
  for (const KeptSlot& kept : source.slots) {
    std::int32_t& slot = number_of(kept.slot->slot);
    if (slot < 0) slot = draft.Add(source, 0, kept.slot->slot);
    draft.nodes[Index(number_of(kept.optimizer))].slots.push_back(
        {number_of(kept.slot->variable), kept.slot->name, slot});
  }
  for (std::int32_t i = 0; i < count; ++i) {
    if (!remains.Has(i)) continue;
    const auto& children = source.At(i).children;
    for (std::size_t edge = 0; edge < children.size(); ++edge) {
      if (!remains.Has(i, children[edge])) continue;
      draft.nodes[Index(number_of(i))].children.push_back(
          {number_of(children[edge].node), source.EdgeName(i, static_cast<std::uint32_t>(edge))});
    }
  }
  return draft;
}

}  // namespace regraft::object_graph
