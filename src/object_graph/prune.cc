#include <cstddef>

#include "object_graph/draft.h"

namespace regraft::object_graph {

std::int32_t Draft::Add(const Source& source, std::size_t part, std::int32_t node) {
  nodes.push_back(source.Bare(node));
  std::vector<Provenance>& from = provenance.emplace_back();
  for (const std::uint32_t i : source.attributes[static_cast<std::size_t>(node)]) {
    from.push_back({part, {node, i}});
  }
  return static_cast<std::int32_t>(nodes.size()) - 1;
}

Draft Prune(const Source& source) {
  Draft draft;
  std::vector<std::int32_t> number(source.nodes().size(), -1);
  const auto number_of = [&](std::int32_t node) -> std::int32_t& {
    return number[static_cast<std::size_t>(node)];
  };
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i == 0 || source.on_way[i]) number[i] = draft.Add(source, 0, static_cast<std::int32_t>(i));
  }
  for (const KeptSlot& kept : source.slots) {
    std::int32_t& slot = number_of(kept.slot->slot);
    if (slot < 0) slot = draft.Add(source, 0, kept.slot->slot);
    draft.nodes[static_cast<std::size_t>(number_of(kept.optimizer))].slots.push_back(
        {number_of(kept.slot->variable), kept.slot->name, slot});
  }
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i != 0 && !source.on_way[i]) continue;
    const auto& children = source.nodes()[i].children;
    for (std::size_t edge = 0; edge < children.size(); ++edge) {
      const std::int32_t child = number_of(children[edge].node);
      if (child < 0) continue;
      draft.nodes[static_cast<std::size_t>(number[i])].children.push_back(
          {child, source.EdgeName(static_cast<std::int32_t>(i), static_cast<std::uint32_t>(edge))});
    }
  }
  return draft;
}

}  // namespace regraft::object_graph
