#include "edit/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "edit/averages.h"
#include "edit/slots.h"
#include "regraft/checkpoint.h"
#include "regraft/key.h"
#include "regraft/selection.h"
#include "select/compiled_selection.h"
#include "select/names.h"
#include "select/select.h"

namespace regraft::edit {
namespace {

// A slot goes with its variable unless a rule speaks of the slot itself.
void FollowVariables(const Selection& selection, const std::vector<bool>& selected,
                     Choice& choice) {
  const bool named =
      !selection.include.empty() || !selection.include_regex.empty() || selection.only;
  for (std::size_t i = 0; i < choice.variables.size(); ++i) {
    if (choice.variables[i] < 0) continue;
    const auto variable = static_cast<std::size_t>(choice.variables[i]);
    if (selected[variable]) {
      // Not taken by its own name is no reason against it.
      if (!selected[i] && choice.rules[i].empty()) {
        choice.kept[i] = true;
        choice.rules[i] = choice.rules[variable];
      }
    } else if (selected[i] && !named && Excludes(choice.rules[variable])) {
      choice.kept[i] = false;
      choice.rules[i] = choice.rules[variable];
    }
  }
}

// A table's keys and values are one thing: both or none.
void KeepPartsTogether(Choice& choice) {
  std::map<const ObjectGraph::Attribute*, std::size_t> wanted;  // And what takes it.
  for (std::size_t i = 0; i < choice.kept.size(); ++i) {
    const classify::Owner& object = choice.objects[i];
    if (object.is_part && choice.kept[i]) wanted.emplace(object.attribute, i);
  }
  for (std::size_t i = 0; i < choice.kept.size(); ++i) {
    const classify::Owner& object = choice.objects[i];
    const auto found = wanted.find(object.attribute);
    if (!object.is_part || choice.kept[i] || found == wanted.end()) continue;
    choice.kept[i] = true;
    choice.rules[i] = choice.rules[found->second];
  }
}

// Whether each entry is below the scope that is taken. A slot is there if its variable and its
// optimizer are.
std::vector<bool> BelowScope(const EditSource& source, const Choice& choice) {
  const CheckpointReader& reader = *source.reader;
  const std::span<const Entry> entries = reader.entries();
  std::vector<bool> below(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) below[i] = Below(entries[i], source.from);
  if (source.from.empty() || reader.object_graph() == nullptr) return below;
  const ObjectGraph& graph = *reader.object_graph();
  std::map<std::int32_t, bool> slots;  // By node: is the optimizer below?
  for (std::size_t node = 0; node < graph.nodes().size(); ++node) {
    if (graph.nodes()[node].slots.empty()) continue;
    const auto& paths = graph.PathsTo(static_cast<std::int32_t>(node));
    const bool inside = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return (path + "/").starts_with(source.from);
    });
    for (const ObjectGraph::Slot& slot : graph.nodes()[node].slots) slots[slot.slot] = inside;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto slot = slots.find(choice.objects[i].node);
    if (slot == slots.end()) continue;
    const std::ptrdiff_t variable = choice.variables[i];
    below[i] = slot->second &&
               (variable < 0 || Below(entries[static_cast<std::size_t>(variable)], source.from));
  }
  return below;
}

// Slots that stay though their variable may be one of those that go.
void NoteSeveralOwners(std::span<const Entry> entries, const Choice& choice,
                       std::vector<std::string>& notes) {
  std::size_t count = 0, first = 0;
  bool variables_go = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    variables_go = variables_go || (!choice.kept[i] && entries[i].cls == EntryClass::kWeights);
    if (!choice.kept[i] || choice.variables[i] != kSeveralVariables) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0 || !variables_go) return;
  notes.push_back(fmt::format(
      "{} do not go with their variables, because several variables have the name in '{}'; "
      "dropping @optimizer leaves the optimizer out",
      Plural(count, "slot"), entries[first].full_name));
}

void AddRows(std::vector<PlannedRule> rows, std::vector<PlannedRule>& all) {
  for (PlannedRule& row : rows) {
    const auto known = std::find_if(
        all.begin(), all.end(), [&](const PlannedRule& other) { return other.rule == row.rule; });
    if (known == all.end()) {
      all.push_back(std::move(row));
    } else {
      known->matched += row.matched;
      known->problem = known->problem || row.problem;
      if (known->advice.empty()) known->advice = std::move(row.advice);
    }
  }
}

std::vector<Setting> RulesOf(const SelectedEntry& entry) {
  return entry.rule.empty() ? std::vector<Setting>() : std::vector{entry.rule};
}

// Calls the excludes that were given as drops so.
void NameDrops(const CopyRules& rules, Choices& choices) {
  std::set<std::string_view> drops;
  for (const std::string& text : rules.drop) {
    const std::vector<std::string>& excluded = rules.select.exclude;
    if (std::find(excluded.begin(), excluded.end(), text) != excluded.end()) continue;
    drops.insert(text);
  }
  const auto name = [&](Setting& rule) {
    if (rule.option == Option::kExclude && drops.contains(rule.value)) rule.option = Option::kDrop;
  };
  for (PlannedRule& row : choices.rules) name(row.rule);
  for (Choice& choice : choices.sources) {
    for (std::vector<Setting>& rules_of : choice.rules) {
      std::for_each(rules_of.begin(), rules_of.end(), name);
    }
  }
}

}  // namespace

bool Excludes(std::span<const Setting> rules) {
  return std::any_of(rules.begin(), rules.end(), select::IsExclude);
}

bool Below(std::string_view name, std::string_view scope) {
  return scope.empty() || (name.starts_with(scope) && name.size() > scope.size());
}

bool Below(const Entry& entry, std::string_view scope) {
  // The key of a variable "a" begins with "a/", but it is not below itself.
  if (entry.paths.empty()) return Below(entry.key, scope);
  const std::vector<std::string> paths = select::PathsForPatterns(entry.paths);
  return std::any_of(paths.begin(), paths.end(),
                     [&](const std::string& path) { return Below(path, scope); });
}

Result<Choices> Choose(std::span<const EditSource> sources, const CopyRules& rules) {
  Selection selection = rules.select;
  selection.exclude.insert(selection.exclude.end(), rules.drop.begin(), rules.drop.end());
  Choices out;
  bool counted = false;
  for (const EditSource& source : sources) {
    const std::span<const Entry> entries = source.reader->entries();
    // What one source lacks another may have.
    REGRAFT_TRY(Selected found, select::Decide(source.reader->catalog(), selection,
                                               /*allow_unused_rules=*/true));
    AddRows(std::move(found.rules), out.rules);
    Choice choice;
    choice.kept.resize(entries.size());
    choice.rules.resize(entries.size());
    choice.objects.resize(entries.size());
    choice.value.resize(entries.size());
    std::iota(choice.value.begin(), choice.value.end(), std::size_t{0});
    if (const ObjectGraph* graph = source.reader->object_graph()) {
      choice.objects = classify::OwnersOf(*graph, entries);
    }
    choice.variables = rules.follow_slots ? SlotVariables(*source.reader, choice.objects)
                                          : std::vector<std::ptrdiff_t>(entries.size(), -1);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      choice.kept[i] = found.entries[i].taken;
      choice.rules[i] = RulesOf(found.entries[i]);
    }
    const std::vector<bool> selected = choice.kept;
    FollowVariables(selection, selected, choice);
    KeepPartsTogether(choice);
    const std::vector<bool> below = BelowScope(source, choice);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!below[i]) {
        choice.kept[i] = false;
        choice.rules[i] = {{Option::kReason, fmt::format("not below {}", source.from)}};
      } else if (entries[i].key == kSaveCounterKey && choice.kept[i] &&
                 (!source.to.empty() || std::exchange(counted, true))) {
        // The counter belongs to the object that is saved, and there is only one of it.
        choice.kept[i] = false;
        choice.rules[i] = {{Option::kReason, "a part has no save counter"}};
      }
    }
    NoteSeveralOwners(entries, choice, out.notes);
    out.sources.push_back(std::move(choice));
  }
  for (PlannedRule& row : out.rules) {
    row.problem = row.problem || (row.matched == 0 && !rules.allow_unused_rules);
  }
  NameDrops(rules, out);
  if (rules.ema_into_weights) REGRAFT_CHECK(PutAverages(sources, rules, out));
  return out;
}

}  // namespace regraft::edit
