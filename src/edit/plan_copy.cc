// PlanCopy: which entries go, and what they and their objects are called in the result.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "checkpoint/owners.h"
#include "edit/choose.h"
#include "edit/source_names.h"
#include "object_graph/edit.h"
#include "regraft/edit.h"
#include "select/names.h"

namespace regraft {
namespace {

using checkpoint::kObjectGraphKey;
using edit::Choice;
using edit::SourceNames;

constexpr std::size_t kShown = 10;

Status CheckKinds(std::span<const EditSource> sources) {
  const EditSource& first = sources[0];
  for (const EditSource& source : sources) {
    if (source.reader->kind() == first.reader->kind()) continue;
    return Fail(Error(ErrorCode::kUnsupported, "edit/mixed-kinds",
                      "a checkpoint with an object graph and one without cannot become one")
                    .With(std::string(KindName(first.reader->kind())), first.reader->prefix())
                    .With(std::string(KindName(source.reader->kind())), source.reader->prefix())
                    .Hint("regraft restore A --into B -o DST takes values from either kind"));
  }
  return {};
}

bool RenamesNothing(std::span<const EditSource> sources, const CopyRules& rules) {
  return sources.size() == 1 && sources[0].from.empty() && sources[0].to.empty() &&
         rules.choose.map.empty() && rules.regex.empty() && rules.strip_prefix.empty() &&
         rules.add_prefix.empty();
}

class Planner {
 public:
  Planner(std::span<const EditSource> sources, const CopyRules& rules, edit::Choices choices)
      : sources_(sources), rules_(rules), choices_(std::move(choices)) {}

  Result<CopyPlan> Run() {
    for (const EditSource& source : sources_) {
      plan_.prefixes.push_back(source.reader->prefix());
      plan_.fingerprints.push_back(source.reader->catalog().fingerprint);
    }
    plan_.rules = std::move(choices_.rules);
    plan_.notes = std::move(choices_.notes);
    AddLeftOut();
    if (RenamesNothing(sources_, rules_) && plan_.left_out.empty()) {
      CopyAsItIs();
    } else {
      REGRAFT_CHECK(Rename());
      REGRAFT_CHECK(CheckCollisions());
    }
    Cast();
    SortEntries();
    std::sort(plan_.rules.begin(), plan_.rules.end(),
              [](const PlannedRule& a, const PlannedRule& b) { return a.rule < b.rule; });
    return std::move(plan_);
  }

 private:
  const Entry& EntryAt(std::size_t source, std::size_t entry) const {
    return sources_[source].reader->entries()[entry];
  }

  void Take(std::size_t source, std::size_t at, std::string key) {
    const Entry& entry = EntryAt(source, at);
    plan_.entries.push_back({source, entry.key, std::move(key), entry.spec, false, entry.cls,
                             entry.bytes, choices_.sources[source].rule[at]});
    if (names_.empty()) return;
    const std::ptrdiff_t owner = choices_.sources[source].owners[at];
    AddRule(names_[source].RuleOf(owner < 0 ? at : static_cast<std::size_t>(owner)),
            plan_.entries.back());
  }

  static void AddRule(const std::string& rule, CopiedEntry& entry) {
    if (!entry.rule.empty() && !rule.empty()) entry.rule += ' ';
    entry.rule += rule;
  }

  void AddLeftOut() {
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      const Choice& choice = choices_.sources[s];
      for (std::size_t i = 0; i < choice.kept.size(); ++i) {
        const Entry& entry = EntryAt(s, i);
        if (choice.kept[i] || entry.key == kObjectGraphKey) continue;
        plan_.left_out.push_back({s, entry.key, entry.cls, choice.rule[i], entry.bytes});
      }
    }
  }

  void CopyAsItIs() {
    for (std::size_t i = 0; i < choices_.sources[0].kept.size(); ++i) Take(0, i, EntryAt(0, i).key);
  }

  Status Rename() {
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      REGRAFT_TRY(SourceNames names,
                  SourceNames::Make(sources_[s], choices_.sources[s], rules_));
      names_.push_back(std::move(names));
    }
    if (sources_[0].reader->kind() == CheckpointKind::kTf2Object) {
      REGRAFT_CHECK(RenameObjects());
    } else {
      for (std::size_t s = 0; s < sources_.size(); ++s) {
        REGRAFT_CHECK(RenameEntries(s));
      }
    }
    AddRenameRows();
    return {};
  }

  // A file of names: slots are called as their variable, with an ending.
  Status RenameEntries(std::size_t s) {
    const Choice& choice = choices_.sources[s];
    const SourceNames& names = names_[s];
    for (std::size_t i = 0; i < choice.kept.size(); ++i) {
      if (!choice.kept[i]) continue;
      const Entry& entry = EntryAt(s, i);
      const std::ptrdiff_t owner = choice.owners[i];
      std::optional<std::string> key;
      if (owner >= 0) {
        const std::string& variable = EntryAt(s, static_cast<std::size_t>(owner)).key;
        key = names(variable);
        if (key) *key += entry.key.substr(variable.size());
      } else {
        key = names(entry.key);
      }
      if (key && key->empty()) {
        return Fail(Error(ErrorCode::kInvalidArgument, "bundle/empty-key",
                          fmt::format("'{}' would have no name", entry.key))
                        .InFile(plan_.prefixes[s] + ".index")
                        .Hint("give it one with --map, or leave it out with --exclude"));
      }
      Take(s, i, key.value_or(entry.key));
    }
    return {};
  }

  Status RenameObjects() {
    std::vector<object_graph::Part> parts;
    // For each part and each kept attribute the entries that hold it.
    std::vector<std::vector<std::vector<std::size_t>>> holders(sources_.size());
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      const CheckpointReader& reader = *sources_[s].reader;
      if (reader.object_graph() == nullptr) {
        return Fail(Error(ErrorCode::kNotFound, "edit/no-graph",
                          "the object graph cannot be read, so that it cannot be edited")
                        .InFile(reader.prefix() + ".index")
                        .With("reason", reader.notes().empty() ? "" : reader.notes().back())
                        .Hint("bring back the data file, or copy everything without new names"));
      }
      object_graph::Part part;
      part.graph = reader.object_graph();
      part.name = reader.prefix();
      part.rename = [this, s](const std::string& path) { return names_[s].OfObject(path); };
      part.rename_full = [this, s](const std::string& name) { return names_[s].renamer()(name); };
      const auto& objects = choices_.sources[s].objects;
      std::map<const ObjectGraph::Attribute*, std::size_t> known;
      for (std::size_t i = 0; i < objects.size(); ++i) {
        const Entry& entry = EntryAt(s, i);
        if (!choices_.sources[s].kept[i] || entry.key == kObjectGraphKey) continue;
        if (objects[i].node < 0) {  // No object has it: it is known by its key alone.
          Take(s, i, names_[s](entry.key).value_or(entry.key));
          continue;
        }
        const auto [at, fresh] = known.emplace(objects[i].attribute, part.kept.size());
        if (fresh) {
          part.kept.push_back(objects[i].place);
          holders[s].emplace_back();
        }
        holders[s][at->second].push_back(i);
      }
      parts.push_back(std::move(part));
    }
    REGRAFT_TRY(object_graph::Edited edited, object_graph::Edit(parts));
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      for (std::size_t k = 0; k < holders[s].size(); ++k) {
        const std::string& old_key = parts[s].graph->At(parts[s].kept[k]).checkpoint_key;
        for (const std::size_t i : holders[s][k]) {
          const Entry& entry = EntryAt(s, i);
          // A part of an attribute has a key that continues the attribute's.
          Take(s, i, edited.keys[s][k] + entry.key.substr(old_key.size()));
        }
      }
    }
    plan_.object_graph = std::move(edited.message);
    return {};
  }

  Status CheckCollisions() const {
    std::map<std::string_view, const CopiedEntry*> by_key;
    std::vector<std::pair<const CopiedEntry*, const CopiedEntry*>> clashes;
    for (const CopiedEntry& entry : plan_.entries) {
      const auto [at, fresh] = by_key.emplace(entry.key, &entry);
      if (!fresh) clashes.emplace_back(at->second, &entry);
    }
    if (clashes.empty()) return {};
    Error error(ErrorCode::kUnmet, "edit/collision",
                fmt::format("{} would be taken twice in the result",
                            Plural(clashes.size(), "name")));
    const auto from = [&](const CopiedEntry& entry) {
      const std::string name(select::ShortKey(entry.from));
      return sources_.size() == 1 ? name : plan_.prefixes[entry.source] + ": " + name;
    };
    for (std::size_t i = 0; i < clashes.size() && i < kShown; ++i) {
      error.details.push_back({"name", std::string(select::ShortKey(clashes[i].first->key))});
      error.details.push_back({"from", from(*clashes[i].first)});
      error.details.push_back({"and", from(*clashes[i].second)});
    }
    if (clashes.size() > kShown) {
      error.details.push_back({"", fmt::format("and {} more", clashes.size() - kShown)});
    }
    error.hint = sources_.size() > 1 ? "put each source below a scope of its own: a=A b=B"
                                     : "give each its own name, or leave one out with --exclude";
    return Fail(std::move(error));
  }

  // What one source lacks another may have.
  void AddRenameRows() {
    std::map<std::string, PlannedRule> rows;
    for (const SourceNames& of_source : names_) {
      for (PlannedRule& row : of_source.Rows()) {
        const auto [at, fresh] = rows.emplace(row.rule, row);
        if (!fresh) at->second.matched += row.matched;
      }
    }
    for (auto& [text, row] : rows) {
      row.problem = row.matched == 0 && !rules_.choose.allow_unused_rules;
      if (row.matched > 0) row.advice.clear();
      plan_.rules.push_back(std::move(row));
    }
  }

  void Cast() {
    for (const CastRule& rule : rules_.cast) {
      PlannedRule row{fmt::format("--cast '{}=>{}'", DTypeName(rule.from), DTypeName(rule.to)), 0,
                      false, ""};
      for (CopiedEntry& entry : plan_.entries) {
        if (entry.spec.dtype != rule.from || entry.cast || entry.cls == EntryClass::kStep ||
            entry.cls == EntryClass::kMeta) {
          continue;
        }
        ++row.matched;
        entry.spec.dtype = rule.to;
        entry.cast = true;
        AddRule(row.rule, entry);
        entry.bytes = static_cast<std::uint64_t>(entry.spec.shape.num_elements()) *
                      ElementBytes(rule.to);
      }
      row.problem = row.matched == 0 && !rules_.choose.allow_unused_rules;
      if (row.problem) row.advice = fmt::format("no entry is of type {}", DTypeName(rule.from));
      plan_.rules.push_back(std::move(row));
    }
  }

  void SortEntries() {
    const auto place = [&](const CopiedEntry& entry) {
      const Entry& stored = *sources_[entry.source].reader->Find(entry.from);
      return std::tuple(entry.source, stored.shard, stored.offset, stored.bytes,
                        std::string_view(stored.key));
    };
    std::sort(plan_.entries.begin(), plan_.entries.end(),
              [&](const CopiedEntry& a, const CopiedEntry& b) { return place(a) < place(b); });
  }

  const std::span<const EditSource> sources_;
  const CopyRules& rules_;
  edit::Choices choices_;
  std::vector<SourceNames> names_;  // Of the sources; none if nothing is renamed.
  CopyPlan plan_;
};

// The class of error that an unused rule is: a pattern found nothing, or a name is unmet.
bool IsPattern(const PlannedRule& row) {
  return row.rule.starts_with("--include") || row.rule.starts_with("--exclude") ||
         row.rule.starts_with("--class") || row.rule.starts_with("--where") ||
         row.rule.starts_with("--name");
}

}  // namespace

Result<CopyPlan> PlanCopy(std::span<const EditSource> sources, const CopyRules& rules) {
  if (sources.empty()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "edit/no-source", "there is nothing to copy"));
  }
  REGRAFT_CHECK(CheckKinds(sources));
  REGRAFT_TRY(edit::Choices choices, edit::Choose(sources, rules));
  return Planner(sources, rules, std::move(choices)).Run();
}

Status CopyPlan::Check() const {
  std::vector<const PlannedRule*> problems;
  for (const PlannedRule& row : rules) {
    if (row.problem) problems.push_back(&row);
  }
  if (!problems.empty()) {
    const bool patterns =
        std::all_of(problems.begin(), problems.end(), [](const auto* row) { return IsPattern(*row); });
    Error error(patterns ? ErrorCode::kNotFound : ErrorCode::kUnmet, "edit/rules",
                fmt::format("{} nothing", problems.size() == 1
                                              ? "1 rule matches"
                                              : fmt::format("{} rules match", problems.size())));
    for (const PlannedRule* row : problems) {
      error.details.push_back({"rule", row->rule});
      if (!row->advice.empty()) error.details.push_back({"", row->advice});
    }
    error.hint = "correct it, or pass --allow-unused-rules";
    return Fail(std::move(error));
  }
  const bool anything = std::any_of(entries.begin(), entries.end(), [](const CopiedEntry& entry) {
    return entry.from != kObjectGraphKey;
  });
  if (anything || left_out.empty()) return {};
  Error error(ErrorCode::kNotFound, "edit/nothing",
              fmt::format("nothing is left to copy: {} {} behind", left_out.size(),
                          left_out.size() == 1 ? "entry stays" : "entries stay"));
  for (std::size_t i = 0; i < left_out.size() && i < kShown; ++i) {
    error.details.push_back({"left out", fmt::format("{}{}", select::ShortKey(left_out[i].key),
                                                     left_out[i].rule.empty()
                                                         ? ""
                                                         : "  by " + left_out[i].rule)});
  }
  error.hint = fmt::format("regraft ls {} shows what there is", ShellQuoted(prefixes[0]));
  return Fail(std::move(error));
}

}  // namespace regraft
