#include "classify/slots.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/name_table.h"
#include "object_graph/optimizers.h"
#include "regraft/key.h"
#include "regraft/naming.h"

namespace regraft::classify {
namespace {

using Node = ObjectGraph::Node;

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('/') + 1); }

class Linker {
 public:
  Linker(const ObjectGraph& graph, std::span<const Owner> owners, std::vector<Entry>& entries)
      : graph_(graph), entries_(entries), entry_of_(graph.nodes().size(), nullptr) {
    for (std::size_t i = 0; i < owners.size(); ++i) {
      if (owners[i].node < 0) continue;
      Entry*& entry = entry_of_[static_cast<std::size_t>(owners[i].node)];
      if (entry == nullptr) entry = &entries[i];
    }
  }

  void Run() {
    const auto nodes = graph_.nodes();
    const auto bits = object_graph::EdgeBits(nodes);
    const std::vector<bool> is_optimizer = object_graph::FindOptimizers(nodes, bits);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!is_optimizer[i]) continue;
      const auto& paths = graph_.PathsTo(static_cast<std::int32_t>(i));
      const std::string path = paths.empty() ? "" : paths.front();
      for (const ObjectGraph::Slot& slot : nodes[i].slots) {
        Link(slot.slot, slot.name, EntryOf(slot.variable), path);
      }
      FollowLists(nodes[i], path);
    }
  }

 private:
  Entry* EntryOf(std::int32_t node) const { return entry_of_[static_cast<std::size_t>(node)]; }

  void Link(std::int32_t node, std::string_view slot, const Entry* variable,
            const std::string& optimizer) {
    Entry* const entry = EntryOf(node);
    if (entry == nullptr || entry == variable || !Follows(entry->cls)) return;
    entry->slot = slot;
    entry->optimizer = optimizer;
    if (variable != nullptr && IsVariable(variable->cls)) entry->slot_of = variable->key;
  }

  // Keras keeps each kind of slot in a list, in the order of the variables. Keras 3 lists the
  // variables, too; before, the names of the slots alone tell whose they are.
  void FollowLists(const Node& optimizer, const std::string& path) {
    std::vector<std::int32_t> variables, all;
    for (const ObjectGraph::Edge& edge : optimizer.children) {
      if (edge.name == "_trainable_variables") variables = ElementsOf(graph_, edge.node);
      if (edge.name == "_variables") all = ElementsOf(graph_, edge.node);
    }
    for (const ObjectGraph::Edge& edge : optimizer.children) {
      if (edge.name == "_trainable_variables" || edge.name == "_variables") continue;
      const std::vector<std::int32_t> slots = ElementsOf(graph_, edge.node);
      const std::string name = SlotNameOf(edge.name);
      for (std::size_t i = 0; i < slots.size(); ++i) {
        Entry* const entry = EntryOf(slots[i]);
        if (entry == nullptr || !entry->slot.empty()) continue;
        const bool listed = slots.size() == variables.size();
        Link(slots[i], name, listed ? EntryOf(variables[i]) : OwnerByName(*entry), path);
      }
    }
    FollowFlatNames(variables, all, path);
  }

  // Some lists are kept from TensorFlow. Then a slot is called by the name of its variable:
  // "muon/net_dense_kernel_momentum". Two that have no name of their own before a velocity are
  // the rows and columns of Adafactor.
  void FollowFlatNames(std::span<const std::int32_t> variables, std::span<const std::int32_t> all,
                       const std::string& path) {
    std::size_t at = 0;  // The variable that the next slot may belong to.
    std::vector<std::int32_t> unnamed;
    std::set<std::string, std::less<>> had;  // Suffixes of the slots of that variable.
    for (const std::int32_t node : all) {
      Entry* const entry = EntryOf(node);
      if (entry == nullptr || !Follows(entry->cls) || !entry->slot.empty()) continue;
      const std::string_view flat = LastPart(entry->full_name);
      if (flat.ends_with("iteration") || flat.ends_with("learning_rate")) continue;
      std::size_t found = at;
      std::string_view suffix;
      // A variable has one slot of a kind: the next one is that of the next variable.
      while (found < variables.size() && ((suffix = SuffixAfter(flat, variables[found])).empty() ||
                                          (found == at && had.contains(suffix)))) {
        suffix = {};
        ++found;
      }
      if (suffix.empty()) {
        unnamed.push_back(node);
        continue;
      }
      if (found != at) had.clear();
      at = found;
      had.emplace(suffix);
      const bool factored = unnamed.size() == 2 && suffix == "velocity";
      if (factored) {
        Link(unnamed[0], "r", EntryOf(variables[at]), path);
        Link(unnamed[1], "c", EntryOf(variables[at]), path);
      }
      unnamed.clear();
      Link(node, factored ? "v" : suffix, EntryOf(variables[at]), path);
    }
  }

  // "momentum" for "net_dense_kernel_momentum" of the variable ".../kernel"; else empty. The
  // name of the file lacks the layer, so the variables' order and last parts must do.
  std::string_view SuffixAfter(std::string_view flat, std::int32_t variable) {
    const Entry* const entry = EntryOf(variable);
    if (entry == nullptr) return {};
    const std::string middle = "_" + std::string(LastPart(entry->full_name)) + "_";
    const std::size_t cut = flat.rfind(middle);
    return cut == std::string_view::npos ? std::string_view() : flat.substr(cut + middle.size());
  }

  // "m/model/dense/kernel" belongs to "model/dense/kernel".
  const Entry* OwnerByName(const Entry& slot) {
    if (by_name_.empty()) {
      for (const Entry& entry : entries_) {
        if (!IsVariable(entry.cls) || entry.full_name.empty()) continue;
        const auto [at, fresh] = by_name_.emplace(entry.full_name, &entry);
        if (!fresh) at->second = nullptr;  // Borne by several: it says nothing.
      }
    }
    std::string_view name = slot.full_name;
    for (std::size_t cut; (cut = name.find('/')) != std::string_view::npos;) {
      name = name.substr(cut + 1);
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) return found->second;
    }
    return nullptr;
  }

  const ObjectGraph& graph_;
  std::vector<Entry>& entries_;
  std::vector<Entry*> entry_of_;  // The first one of each node.
  std::unordered_map<std::string_view, const Entry*> by_name_;
};

}  // namespace

bool Follows(EntryClass cls) { return cls == EntryClass::kOptimizer || cls == EntryClass::kEma; }

bool IsVariable(EntryClass cls) {
  return cls == EntryClass::kWeights || cls == EntryClass::kBnStats;
}

std::vector<std::int32_t> ElementsOf(const ObjectGraph& graph, std::int32_t list) {
  const ObjectGraph::Node& node = graph.nodes()[static_cast<std::size_t>(list)];
  const auto elements = object_graph::ElementsOf(node);
  std::vector<std::int32_t> out;
  for (std::size_t at = 0; elements && at < elements->size(); ++at) {
    if ((*elements)[at].number != at) return {};  // Gaps would shift what stands side by side.
    out.push_back(node.children[(*elements)[at].edge].node);
  }
  return out;
}

void LinkSlots(const ObjectGraph& graph, std::span<const Owner> owners,
               std::vector<Entry>& entries) {
  const bool any = std::any_of(entries.begin(), entries.end(),
                               [](const Entry& entry) { return Follows(entry.cls); });
  if (any) Linker(graph, owners, entries).Run();
}

void LinkSlotsByKey(std::vector<Entry>& entries) {
  for (Entry& entry : entries) {
    const auto key = ParseKey(entry.key);
    if (!key || !key->is_slot || !key->is_value()) continue;
    entry.slot = UnescapeEdge(key->slot);
    entry.optimizer = key->optimizer;
    entry.slot_of = ValueKey(key->object);
  }
}

void LinkSlotsByName(std::vector<Entry>& entries) {
  const bool any = std::any_of(entries.begin(), entries.end(),
                               [](const Entry& entry) { return Follows(entry.cls); });
  if (!any) return;
  NameTable variables(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (IsVariable(entries[i].cls)) variables.Add(entries[i].key, i);
  }
  for (Entry& entry : entries) {
    if (!Follows(entry.cls)) continue;
    std::string_view name = entry.key;
    for (std::size_t cut; (cut = name.rfind('/')) != std::string_view::npos;) {
      name = name.substr(0, cut);
      const std::size_t* const found = variables.Find(name);
      if (found == nullptr) continue;
      entry.slot_of = entries[*found].key;
      entry.slot = entry.key.substr(cut + 1);
      break;
    }
  }
}

}  // namespace regraft::classify

namespace regraft {

std::string SlotNameOf(std::string_view list) {
  if (list.starts_with('_')) list.remove_prefix(1);
  if (list.starts_with("adam_")) list.remove_prefix(5);
  if (list.ends_with("ies")) return std::string(list.substr(0, list.size() - 3)) + "y";
  if (list.size() > 1 && list.ends_with('s')) list.remove_suffix(1);
  return std::string(list);
}

}  // namespace regraft
