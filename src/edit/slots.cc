#include "edit/slots.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "classify/slots.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"

namespace regraft::edit {
namespace {

using Node = ObjectGraph::Node;

using classify::ElementsOf;
using classify::Follows;
using classify::IsVariable;

// What the names of the file have told already.
void ByName(std::span<const Entry> entries, std::vector<std::ptrdiff_t>& variables) {
  std::unordered_map<std::string_view, std::size_t> by_key;
  for (std::size_t i = 0; i < entries.size(); ++i) by_key.emplace(entries[i].key, i);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].slot_of.empty()) continue;
    variables[i] = static_cast<std::ptrdiff_t>(by_key.at(entries[i].slot_of));
  }
}

class ByGraph {
 public:
  ByGraph(const CheckpointReader& reader, std::span<const classify::Owner> objects,
          std::vector<std::ptrdiff_t>& variables)
      : graph_(*reader.object_graph()), entries_(reader.entries()), variables_(variables) {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      if (objects[i].node >= 0) entry_of_.emplace(objects[i].node, i);
      if (!IsVariable(entries_[i].cls) || entries_[i].full_name.empty()) continue;
      const auto [at, fresh] = by_full_name_.emplace(entries_[i].full_name, i);
      if (!fresh) at->second = std::nullopt;  // Borne by several: it says nothing.
    }
  }

  void Run() {
    for (const Node& node : graph_.nodes()) {
      for (const ObjectGraph::Slot& slot : node.slots) Link(slot.slot, EntryOf(slot.variable));
      FollowLists(node);
    }
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      if (variables_[i] < 0 && Follows(entries_[i].cls)) FollowFullName(i);
    }
  }

 private:
  std::ptrdiff_t EntryOf(std::int32_t node) const {
    const auto found = entry_of_.find(node);
    return found == entry_of_.end() ? -1 : static_cast<std::ptrdiff_t>(found->second);
  }

  void Link(std::int32_t slot, std::ptrdiff_t variable) {
    const std::ptrdiff_t entry = EntryOf(slot);
    if (entry < 0 || variable < 0 || entry == variable) return;
    if (Follows(entries_[static_cast<std::size_t>(entry)].cls)) {
      variables_[static_cast<std::size_t>(entry)] = variable;
    }
  }

  // Keras 3's optimizers hold their variables in one list, and each kind of slot in another
  // of the same order.
  void FollowLists(const Node& optimizer) {
    std::vector<std::int32_t> variables;
    for (const ObjectGraph::Edge& edge : optimizer.children) {
      if (edge.name == "_trainable_variables") variables = ElementsOf(graph_, edge.node);
    }
    if (variables.empty()) return;
    for (const ObjectGraph::Edge& edge : optimizer.children) {
      if (edge.name == "_trainable_variables" || edge.name == "_variables") continue;
      const std::vector<std::int32_t> slots = ElementsOf(graph_, edge.node);
      if (slots.size() != variables.size()) continue;
      for (std::size_t i = 0; i < slots.size(); ++i) Link(slots[i], EntryOf(variables[i]));
    }
  }

  // "Adam/m/model/dense/kernel" belongs to "model/dense/kernel", and so does
  // "model/dense/kernel/ExponentialMovingAverage".
  void FollowFullName(std::size_t entry) {
    constexpr std::string_view kAverage = "/ExponentialMovingAverage";
    std::string_view name = entries_[entry].full_name;
    if (name.ends_with(kAverage)) {
      name.remove_suffix(kAverage.size());
      if (FollowName(entry, name)) return;
    }
    for (std::size_t cut; (cut = name.find('/')) != std::string_view::npos;) {
      name = name.substr(cut + 1);
      if (FollowName(entry, name)) return;
    }
  }

  // False if no variable has the name.
  bool FollowName(std::size_t entry, std::string_view name) {
    const auto found = by_full_name_.find(std::string(name));
    if (found == by_full_name_.end()) return false;
    if (!found->second) variables_[entry] = kSeveralVariables;
    if (found->second && entries_[*found->second].spec.shape == entries_[entry].spec.shape) {
      variables_[entry] = static_cast<std::ptrdiff_t>(*found->second);
    }
    return true;
  }

  const ObjectGraph& graph_;
  const std::span<const Entry> entries_;
  std::vector<std::ptrdiff_t>& variables_;
  std::unordered_map<std::int32_t, std::size_t> entry_of_;
  std::unordered_map<std::string, std::optional<std::size_t>> by_full_name_;
};

}  // namespace

std::vector<std::ptrdiff_t> SlotVariables(const CheckpointReader& reader,
                                          std::span<const classify::Owner> objects) {
  std::vector<std::ptrdiff_t> variables(reader.entries().size(), -1);
  if (reader.object_graph() != nullptr) {
    ByGraph(reader, objects, variables).Run();
  } else if (!reader.has_graph()) {
    ByName(reader.entries(), variables);
  }
  return variables;
}

}  // namespace regraft::edit
