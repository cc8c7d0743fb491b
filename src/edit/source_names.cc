#include "edit/source_names.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/key.h"
#include "regraft/names.h"
#include "regraft/rules.h"
#include "select/names.h"
#include "select/resolve.h"

namespace regraft::edit {
namespace {

// By what an entry of a file without a graph is renamed. Where its format has objects, the key is
// a position.
const std::string& NameInFile(const Catalog& catalog, const Entry& entry) {
  return catalog.has_objects ? entry.name : entry.key;
}

// A pair of the map in any spelling becomes one for the names that are rewritten: a path, or
// in a file of names the name itself.
MapRule InNames(const Catalog& catalog, const std::vector<std::vector<std::string>>& objects,
                const MapRule& rule) {
  if (rule.from.ends_with('/')) return rule;
  MapRule out = rule;
  out.to = ShortKey(rule.to);
  const Result<NameHit> hit = FindByName(catalog, rule.from);
  if (!hit) return out;
  const Entry& entry = catalog.entries[hit->entry];
  if (!catalog.has_graph) {
    // A key that ends as those of objects do is a name like any other.
    return {NameInFile(catalog, entry), rule.to};
  }
  if (std::find(entry.paths.begin(), entry.paths.end(), rule.from) != entry.paths.end()) return out;
  if (!objects[hit->entry].empty()) {
    out.from = objects[hit->entry][0];
    out.to = ObjectPath(rule.to);
  } else {
    out.from = entry.paths.empty() ? std::string(ShortKey(entry.key)) : entry.paths[0];
  }
  return out;
}

}  // namespace

Result<SourceNames> SourceNames::Make(const EditSource& source, const Choice& choice,
                                      const CopyRules& rules) {
  const std::span<const Entry> entries = source.reader->entries();
  std::vector<std::vector<std::string>> objects(entries.size());
  std::vector<bool> slots(entries.size(), false);
  std::vector<std::ptrdiff_t> variables(entries.size(), -1);
  if (!source.reader->catalog().has_objects) variables = choice.variables;
  if (const ObjectGraph* graph = source.reader->object_graph()) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::int32_t node = choice.objects[i].node;
      if (node <= 0 || !entries[i].paths.empty()) continue;
      objects[i] = graph->PathsTo(node);
      slots[i] = objects[i].empty();
    }
  }
  std::vector<MapRule> map;
  for (const MapRule& rule : rules.map) {
    map.push_back(InNames(source.reader->catalog(), objects, rule));
  }
  REGRAFT_TRY(select::Renamer renamer,
              select::Renamer::Make(map, rules.regex, rules.strip_prefix, rules.add_prefix));
  SourceNames names(source, std::move(renamer));
  for (std::size_t i = 0; i < map.size(); ++i) {
    names.given_[select::AsSetting(map[i])] = select::AsSetting(rules.map[i]);
    names.from_.insert(map[i].from);
  }
  names.strip_ = rules.strip_prefix;
  if (!names.strip_.empty() && !names.strip_.ends_with('/')) names.strip_ += '/';
  names.objects_ = std::move(objects);
  names.slots_ = std::move(slots);
  names.variables_ = std::move(variables);
  for (const auto& paths : names.objects_) names.all_objects_.insert(paths.begin(), paths.end());
  return names;
}

std::optional<std::string> SourceNames::operator()(std::string_view name) const {
  if (!name.empty() && name == source_->from) return source_->to;
  if (!edit::Below(name, source_->from)) return std::nullopt;
  return source_->to + renamer_(name.substr(source_->from.size()));
}

std::optional<std::string> SourceNames::OfObject(const std::string& path) const {
  const bool is_source = path + "/" == source_->from;  // It is all that is taken.
  if (!all_objects_.contains(path) || (!IsScope(path) && !is_source)) return (*this)(path);
  std::optional<std::string> name = (*this)(path + "/");
  if (name && name->ends_with('/')) name->pop_back();
  return name;
}

// True if a scope of the map begins at the object, and no pair names it.
bool SourceNames::IsScope(std::string_view path) const {
  if (!edit::Below(path, source_->from)) return false;
  path.remove_prefix(source_->from.size());
  std::string_view bare = path;
  if (!strip_.empty() && bare.starts_with(strip_)) bare.remove_prefix(strip_.size());
  if (from_.contains(path) || from_.contains(bare)) return false;
  return from_.contains(std::string(path) + "/") || from_.contains(std::string(bare) + "/");
}

std::optional<std::string> SourceNames::OfEntry(std::size_t entry) const {
  const std::string& key =
      NameInFile(source_->reader->catalog(), source_->reader->entries()[entry]);
  if (variables_[entry] < 0) return (*this)(key);
  const auto at = static_cast<std::size_t>(variables_[entry]);
  const std::string& variable = source_->reader->entries()[at].key;
  if (!edit::Below(variable, source_->from)) return std::nullopt;
  return source_->to + renamer_(Below(key, variable));
}

std::optional<std::string> SourceNames::OfSlot(std::size_t entry) const {
  if (!slots_[entry]) return std::nullopt;
  const select::Renamable slot = SlotName(entry);
  if (slot.variable.empty() || slot.bound || !renamer_.SpeaksOf(slot)) return std::nullopt;
  return source_->to + renamer_(slot);
}

// The name as it is below the source's scope.
select::Renamable SourceNames::Below(std::string_view name, std::string_view variable) const {
  select::Renamable out;
  out.name = name.substr(source_->from.size());
  if (!variable.empty()) out.variable = variable.substr(source_->from.size());
  return out;
}

// A slot of the object graph has a name of its own only if a rule gives it a path. One that still
// has the sign of a slot in it is none.
select::Renamable SourceNames::SlotName(std::size_t entry) const {
  const std::string_view key = ShortKey(source_->reader->entries()[entry].key);
  const auto parts = SplitSlot(key);
  if (!parts || !edit::Below(parts->variable, source_->from)) return {};
  select::Renamable slot = Below(key, parts->variable);
  slot.bound = SplitSlot(renamer_(slot)).has_value();
  return slot;
}

// The names by which rules may rename an entry, as they are below the source's scope.
std::vector<select::Renamable> SourceNames::NamesOf(std::size_t entry) const {
  std::vector<select::Renamable> names;
  const auto add = [&](std::string_view name) {
    if (edit::Below(name, source_->from)) names.push_back(Below(name, ""));
  };
  const Entry& stored = source_->reader->entries()[entry];
  // In a file of names these are what rules speak of, also where they spell paths.
  const bool named = !source_->reader->has_graph();
  if (!named) {
    for (const std::string& path : stored.paths) add(path);
    for (const std::string& path : objects_[entry]) add(IsScope(path) ? path + "/" : path);
    if (!stored.paths.empty() || !objects_[entry].empty()) return names;
  }
  if (slots_[entry]) {
    if (select::Renamable slot = SlotName(entry); !slot.name.empty()) names.push_back(slot);
  } else if (variables_[entry] < 0) {
    // A key that ends as those of objects do is a name like any other there.
    add(named ? std::string_view(NameInFile(source_->reader->catalog(), stored))
              : ShortKey(stored.key));
  } else if (edit::Below(stored.key, source_->from)) {
    const auto variable = static_cast<std::size_t>(variables_[entry]);
    names.push_back(Below(stored.key, source_->reader->entries()[variable].key));
  }
  return names;
}

Setting SourceNames::AsGiven(Setting rule) const {
  const auto given = given_.find(rule);
  return given == given_.end() ? std::move(rule) : given->second;
}

std::vector<Setting> SourceNames::RulesOf(std::size_t entry) const {
  for (const select::Renamable& name : NamesOf(entry)) {
    std::vector<Setting> rules = renamer_.RulesOf(name);
    if (rules.empty()) continue;
    for (Setting& rule : rules) rule = AsGiven(std::move(rule));
    return rules;
  }
  return {};
}

std::vector<PlannedRule> SourceNames::Rows() const {
  std::vector<select::Renamable> names;
  for (std::size_t i = 0; i < source_->reader->entries().size(); ++i) {
    for (select::Renamable& name : NamesOf(i)) names.push_back(std::move(name));
  }
  std::vector<PlannedRule> rows = renamer_.Rows(names);
  for (PlannedRule& row : rows) row.rule = AsGiven(std::move(row.rule));
  return rows;
}

}  // namespace regraft::edit
