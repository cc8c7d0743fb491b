#include "identity/slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "object_graph/optimizers.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"

namespace regraft::identity {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The number of a slot in its list: the last part of the path that goes through a list other
// than that of everything.
std::size_t NumberIn(std::span<const std::string> paths) {
  for (const std::string& path : paths) {
    const std::size_t cut = path.rfind('/');
    if (cut == std::string::npos) continue;
    const std::string_view before = std::string_view(path).substr(0, cut);
    if (before.ends_with("/_variables") || before == "_variables") continue;
    const std::string_view last = std::string_view(path).substr(cut + 1);
    if (!object_graph::IsElementName(last) || last.size() > 9) continue;
    return static_cast<std::size_t>(std::stoul(std::string(last)));
  }
  return kNone;
}

std::string_view WithoutRoot(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

using Kind = std::pair<std::string_view, std::string_view>;  // Optimizer, slot.

class SlotFinder {
 public:
  SlotFinder(const Catalog& source, std::span<const Target> targets,
             std::span<const std::ptrdiff_t> settled, std::span<const std::ptrdiff_t> sources,
             std::vector<Finding>& findings)
      : source_(source),
        targets_(targets),
        settled_(settled),
        sources_(sources),
        findings_(findings) {
    for (std::size_t i = 0; i < targets.size(); ++i) by_name_[targets[i].name] = i;
    for (std::size_t i = 0; i < source.entries.size(); ++i) {
      const Entry& entry = source.entries[i];
      if (entry.slot.empty()) continue;
      optimizers_.insert(entry.optimizer);
      by_owner_[{entry.optimizer, entry.slot, entry.slot_of}].push_back(i);
      if (const std::size_t at = NumberIn(entry.paths); at != kNone) {
        lists_[{entry.optimizer, entry.slot}][at] = i;
      }
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].slot.empty()) continue;
      if (const std::size_t at = NumberIn(targets[i].paths); at != kNone) {
        own_lists_[{targets[i].optimizer, targets[i].slot}][at] = i;
      }
    }
  }

  void Run() {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (!targets_[i].slot.empty() && settled_[i] == kOpen) FindOne(i);
    }
  }

 private:
  using List = std::map<std::size_t, std::size_t>;

  void Leave(std::size_t target, std::string why) {
    findings_[target].detail = why;
    findings_[target].witnesses.push_back({Evidence::kSlot, {}, false, std::move(why)});
  }

  void Take(std::size_t target, std::size_t entry, std::string why) {
    Finding& finding = findings_[target];
    finding.evidence = Evidence::kSlot;
    finding.entries = {entry};
    finding.detail = why;
    finding.witnesses.push_back(
        {Evidence::kSlot, {source_.entries[entry].name}, true, std::move(why)});
  }

  void FindOne(std::size_t target) {
    const Target& slot = targets_[target];
    const std::string* const optimizer = OptimizerOf(slot);
    if (optimizer == nullptr) {
      return Leave(target,
                   fmt::format("the file has no slots of an optimizer '{}'", slot.optimizer));
    }
    const auto owner = by_name_.find(slot.slot_of);
    if (slot.slot_of.empty() || owner == by_name_.end()) return FindInList(target, *optimizer);
    const std::ptrdiff_t variable = sources_[owner->second];
    if (variable < 0) {
      return Leave(target, fmt::format("its variable '{}' has no source", slot.slot_of));
    }
    const Entry& from = source_.entries[static_cast<std::size_t>(variable)];
    const auto found = by_owner_.find({*optimizer, slot.slot, from.key});
    if (found == by_owner_.end()) {
      if (by_owner_.contains({*optimizer, slot.slot, ""})) return FindInList(target, *optimizer);
      return Leave(target, fmt::format("'{}', the source of its variable, has no '{}' in the file",
                                       from.key, slot.slot));
    }
    if (found->second.size() > 1) {
      findings_[target].entries = found->second;
      return Leave(target, "several slots of this name belong to the source of its variable");
    }
    Take(target, found->second[0], "of the source of its variable");
  }

  // Whose these slots are is not known on one side: the whole lists must be alike.
  void FindInList(std::size_t target, const std::string& optimizer) {
    const Target& slot = targets_[target];
    const auto here = own_lists_.find({slot.optimizer, slot.slot});
    const auto there = lists_.find({optimizer, slot.slot});
    if (here == own_lists_.end() || there == lists_.end()) {
      return Leave(target, "the file does not tell whose its slots are");
    }
    if (!Congruent(here->second, there->second)) {
      return Leave(target, fmt::format("the file does not tell whose its slots are, and the lists "
                                       "of {} here and {} there are not alike",
                                       here->second.size(), there->second.size()));
    }
    for (const auto& [number, member] : here->second) {
      if (member == target) {
        return Take(target, there->second.at(number),
                    fmt::format("lists of {} alike", here->second.size()));
      }
    }
  }

  bool Congruent(const List& here, const List& there) const {
    return std::equal(
        here.begin(), here.end(), there.begin(), there.end(), [&](const auto& a, const auto& b) {
          return a.first == b.first && targets_[a.second].spec == source_.entries[b.second].spec;
        });
  }

  // The optimizer at the same path, with or without its root.
  const std::string* OptimizerOf(const Target& slot) const {
    const std::string_view wanted = slot.optimizer;
    const auto unique = [&](auto same) -> const std::string* {
      const std::string* found = nullptr;
      for (const std::string& optimizer : optimizers_) {
        if (!same(std::string_view(optimizer))) continue;
        if (found != nullptr) return nullptr;
        found = &optimizer;
      }
      return found;
    };
    if (const auto* same = unique([&](auto path) { return path == wanted; })) return same;
    if (const auto* same = unique([&](auto path) {
          return WithoutRoot(path) == wanted ||
                 (slot.root != RootPart::kAbsent && WithoutRoot(wanted) == path);
        })) {
      return same;
    }
    return slot.root == RootPart::kAbsent || WithoutRoot(wanted).empty()
               ? nullptr
               : unique([&](auto path) { return WithoutRoot(path) == WithoutRoot(wanted); });
  }

  const Catalog& source_;
  const std::span<const Target> targets_;
  const std::span<const std::ptrdiff_t> settled_, sources_;
  std::vector<Finding>& findings_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::set<std::string> optimizers_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::vector<std::size_t>>
      by_owner_;
  std::map<Kind, List> lists_, own_lists_;
};

}  // namespace

void FindSlots(const Catalog& source, std::span<const Target> targets,
               std::span<const std::ptrdiff_t> settled, std::span<const std::ptrdiff_t> sources,
               std::vector<Finding>& findings) {
  SlotFinder(source, targets, settled, sources, findings).Run();
}

}  // namespace regraft::identity
