#include "edit/averages.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "edit/slots.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "select/names.h"
#include "select/pattern.h"

namespace regraft::edit {
namespace {

constexpr std::string_view kTf1Name = "ExponentialMovingAverage";
constexpr std::size_t kShown = 10;

bool IsVariable(const Entry& entry) {
  return entry.cls == EntryClass::kWeights || entry.cls == EntryClass::kBnStats;
}

// Integers, texts and the like have no averages.
bool CanBeAveraged(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kFloat16:
    case DType::kBfloat16:
    case DType::kComplex64:
    case DType::kComplex128:
      return true;
    default:
      return false;
  }
}

// "w_ema", "ema_w" -> "w"; nothing if the name does not say so.
std::optional<std::string_view> WithoutAffix(std::string_view name) {
  for (const std::string_view affix : {"ema", "average", "avg"}) {
    if (name.size() < affix.size() + 2) continue;
    const std::string_view rest = name.substr(0, name.size() - affix.size());
    if (name.ends_with(affix) && rest.ends_with('_')) return rest.substr(0, rest.size() - 1);
    if (name.starts_with(affix) && name[affix.size()] == '_') return name.substr(affix.size() + 1);
  }
  return std::nullopt;
}

class Finder {
 public:
  Finder(const CheckpointReader& reader, std::span<const classify::Owner> objects)
      : reader_(reader),
        entries_(reader.entries()),
        objects_(objects),
        slot_variables_(SlotVariables(reader, objects)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!IsVariable(entries_[i])) continue;
      for (const std::string& path : entries_[i].paths) {
        // By every ending of the path but the whole of it.
        for (std::size_t slash = path.find('/'); slash != std::string::npos;
             slash = path.find('/', slash + 1)) {
          AddEnding(path.substr(slash + 1), i);
        }
        paths_.emplace(path, i);
      }
    }
  }

  std::vector<std::ptrdiff_t> Run() const {
    std::vector<std::ptrdiff_t> out(entries_.size(), -1);
    const std::vector<bool> in_slots = AverageSlots();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      if (in_slots[i]) {
        out[i] = slot_variables_[i];
      } else if (entry.cls == EntryClass::kEma) {
        out[i] = reader_.object_graph() == nullptr ? ByName(entry.key) : ByObject(i);
      }
      if (out[i] < 0) continue;
      const Entry& variable = entries_[static_cast<std::size_t>(out[i])];
      if (variable.spec.shape != entry.spec.shape) out[i] = kSeveralVariables;
    }
    return out;
  }

 private:
  void AddEnding(std::string ending, std::size_t entry) {
    const auto [at, fresh] = endings_.emplace(std::move(ending), entry);
    if (!fresh && at->second != entry) at->second = std::nullopt;
  }

  // Slots of optimizers that average (Addons' MovingAverage).
  std::vector<bool> AverageSlots() const {
    std::vector<bool> out(entries_.size(), false);
    const ObjectGraph* graph = reader_.object_graph();
    if (graph == nullptr) return out;
    std::vector<bool> nodes(graph->nodes().size(), false);
    for (const ObjectGraph::Node& node : graph->nodes()) {
      for (const ObjectGraph::Slot& slot : node.slots) {
        if (slot.name == "average") nodes[static_cast<std::size_t>(slot.slot)] = true;
      }
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      out[i] = objects_[i].node >= 0 && nodes[static_cast<std::size_t>(objects_[i].node)];
    }
    return out;
  }

  // The variable of that name, or of the name below the scopes in which it was averaged.
  std::ptrdiff_t ByName(std::string_view name) const {
    const std::size_t slash = name.rfind('/');
    if (slash == std::string_view::npos || !name.substr(slash + 1).starts_with(kTf1Name)) {
      return kSeveralVariables;
    }
    name = name.substr(0, slash);
    for (;;) {
      const Entry* found = reader_.Find(name);
      if (found != nullptr && IsVariable(*found)) return found - entries_.data();
      const std::size_t scope = name.find('/');
      if (scope == std::string_view::npos) return kSeveralVariables;
      name.remove_prefix(scope + 1);
    }
  }

  std::ptrdiff_t ByObject(std::size_t entry) const {
    if (slot_variables_[entry] != -1) return slot_variables_[entry];
    bool counts_with_it = false;
    for (const std::string& path : entries_[entry].paths) {
      const std::size_t slash = path.rfind('/');
      const std::string_view last = std::string_view(path).substr(slash + 1);
      counts_with_it = counts_with_it || last == "_hidden" || last == "_counter";
      if (last != "average" || slash == std::string::npos) continue;
      if (const auto found = ByPath(path.substr(0, slash))) return *found;
    }
    return counts_with_it ? -1 : kSeveralVariables;
  }

  // `path` leads to an object that averages.
  std::optional<std::ptrdiff_t> ByPath(const std::string& path) const {
    const std::size_t slash = path.rfind('/');
    const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
    if (const auto bare = WithoutAffix(std::string_view(path).substr(start))) {
      const auto beside = paths_.find(path.substr(0, start) + std::string(*bare));
      if (beside != paths_.end()) return static_cast<std::ptrdiff_t>(beside->second);
    }
    for (std::size_t cut = path.find('/'); cut != std::string::npos;
         cut = path.find('/', cut + 1)) {
      const auto found = endings_.find(path.substr(cut + 1));
      if (found == endings_.end()) continue;
      // The longest ending decides; borne by several variables it says nothing.
      if (!found->second) return std::nullopt;
      return static_cast<std::ptrdiff_t>(*found->second);
    }
    return std::nullopt;
  }

  const CheckpointReader& reader_;
  const std::span<const Entry> entries_;
  const std::span<const classify::Owner> objects_;
  const std::vector<std::ptrdiff_t> slot_variables_;
  std::unordered_map<std::string, std::size_t> paths_;
  std::unordered_map<std::string, std::optional<std::size_t>> endings_;
};

// What is wrong with the averages of all sources.
struct Trouble {
  std::vector<std::string> none, several, unknown;
  std::vector<std::string> globs;  // Of those that have none.
};

// True if a rule left the entry out, and not only no rule took it.
bool IsExcluded(const Choice& choice, std::size_t entry) {
  return !choice.kept[entry] && Excludes(choice.rules[entry]);
}

// Of several averages those count that no rule leaves out. One alone counts in any case: it may
// be among what goes with the optimizer.
void KeepAllowed(const Choice& choice, std::vector<std::size_t>& averages) {
  if (averages.size() < 2) return;
  std::vector<std::size_t> allowed;
  for (const std::size_t average : averages) {
    if (!IsExcluded(choice, average)) allowed.push_back(average);
  }
  if (!allowed.empty()) averages = std::move(allowed);
}

void Put(const EditSource& source, Choice& choice, Trouble& trouble, std::size_t& count) {
  const std::span<const Entry> entries = source.reader->entries();
  const std::vector<std::ptrdiff_t> of = AveragesOf(*source.reader, choice.objects);
  std::map<std::size_t, std::vector<std::size_t>> averages;  // By variable.
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (of[i] >= 0) averages[static_cast<std::size_t>(of[i])].push_back(i);
    if (of[i] == kSeveralVariables) trouble.unknown.push_back(select::DisplayName(entries[i]));
  }
  for (auto& [variable, list] : averages) KeepAllowed(choice, list);
  std::vector<bool> chosen = choice.kept;
  for (const auto& [variable, list] : averages) {
    for (const std::size_t average : list) {
      if (!choice.kept[average] || IsExcluded(choice, variable)) continue;
      chosen[variable] = true;
      if (!choice.kept[variable]) choice.rules[variable] = choice.rules[average];
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool is_average = of[i] != -1 || entries[i].cls == EntryClass::kEma;
    if (is_average) {
      if (choice.kept[i]) choice.rules[i] = {{Option::kEmaIntoWeights}};
      choice.kept[i] = false;
      continue;
    }
    if (!chosen[i] || !IsVariable(entries[i])) continue;
    const auto found = averages.find(i);
    const std::size_t has = found == averages.end() ? 0 : found->second.size();
    choice.kept[i] = true;
    if (has == 1) {
      choice.value[i] = found->second[0];
      choice.rules[i].push_back({Option::kEmaIntoWeights});
      ++count;
    } else if (has > 1) {
      std::vector<std::string> names;
      for (const std::size_t average : found->second) {
        names.push_back(select::DisplayName(entries[average]));
      }
      trouble.several.push_back(
          fmt::format("{}: {}", select::DisplayName(entries[i]), Join(names, ", ")));
    } else if (entries[i].cls == EntryClass::kWeights && CanBeAveraged(entries[i].spec.dtype)) {
      trouble.none.push_back(select::DisplayName(entries[i]));
      trouble.globs.push_back(select::EscapeGlob(
          entries[i].paths.empty() ? entries[i].key
                                   : select::PathsForPatterns(entries[i].paths)[0]));
    }
  }
}

void AddNames(std::string_view label, const std::vector<std::string>& names, Error& error) {
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    error.details.push_back({std::string(label), names[i]});
  }
  if (names.size() > kShown) {
    error.details.push_back({"and", fmt::format("{} more", names.size() - kShown)});
  }
}

}  // namespace

std::vector<std::ptrdiff_t> AveragesOf(const CheckpointReader& reader,
                                       std::span<const classify::Owner> objects) {
  return Finder(reader, objects).Run();
}

Status PutAverages(std::span<const EditSource> sources, const CopyRules& rules, Choices& choices) {
  Trouble trouble;
  std::size_t count = 0;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    Put(sources[s], choices.sources[s], trouble, count);
  }
  const Setting rule{Option::kEmaIntoWeights};
  choices.rules.push_back({rule, count, count == 0 && !rules.allow_unused_rules,
                           count == 0 ? "no chosen variable has an average" : ""});
  if (trouble.none.empty() && trouble.several.empty()) return {};
  std::vector<std::string> what;
  if (!trouble.none.empty()) {
    what.push_back(
        fmt::format("{} no average", trouble.none.size() == 1
                                         ? "1 variable has"
                                         : Plural(trouble.none.size(), "variable") + " have"));
  }
  if (!trouble.several.empty()) {
    what.push_back(fmt::format("{} more than one",
                               trouble.several.size() == 1
                                   ? "1 variable has"
                                   : Plural(trouble.several.size(), "variable") + " have"));
  }
  Error error(ErrorCode::kUnmet, "edit/averages",
              "averages cannot take the place of all variables: " + Join(what, ", "));
  AddNames("no average", trouble.none, error);
  AddNames("several", trouble.several, error);
  AddNames("average of an unknown variable", trouble.unknown, error);
  if (trouble.none.empty()) {
    error.hint = "leave out all averages of a variable but one";
  } else if (trouble.globs.size() <= kShown) {
    const std::string glob = Join(trouble.globs, ",");
    error.remedies = {{{{Option::kExclude, trouble.globs.size() == 1 ? glob : "{" + glob + "}"}},
                       "leaves out what has no average"}};
  } else {
    error.hint = "leave out what has no average; docs/editing.md tells how it keeps its own value";
  }
  return Fail(std::move(error));
}

}  // namespace regraft::edit
