// MakePlan: resolution, selection, judgement, and what a person should know besides.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.h"
#include "base/try.h"
#include "checkpoint/owners.h"
#include "regraft/plan.h"
#include "select/judge.h"
#include "select/names.h"
#include "select/nearness.h"
#include "select/resolve.h"
#include "select/selection.h"
#include "select/suggest.h"

namespace regraft {

using select::NameIndex;
using select::Resolution;
using select::Selection;
using select::Subject;

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRestore: return "restore";
    case Outcome::kKeep: return "keep";
    case Outcome::kNotSelected: return "not-selected";
    case Outcome::kMissing: return "missing";
    case Outcome::kAmbiguous: return "ambiguous";
    case Outcome::kConflict: return "conflict";
    case Outcome::kShapeMismatch: return "shape-mismatch";
    case Outcome::kDtypeMismatch: return "dtype-mismatch";
    case Outcome::kUnreadable: return "unreadable";
  }
  return "";
}

bool IsProblem(Outcome outcome) {
  return outcome != Outcome::kRestore && outcome != Outcome::kKeep &&
         outcome != Outcome::kNotSelected;
}

std::string_view StepName(Step step) {
  switch (step) {
    case Step::kNone: return "none";
    case Step::kMap: return "map";
    case Step::kPath: return "path";
    case Step::kKey: return "key";
    case Step::kFullName: return "full-name";
    case Step::kBelowRoot: return "below-root";
  }
  return "";
}

std::size_t Plan::Count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(targets.begin(), targets.end(),
                    [&](const PlannedTarget& t) { return t.outcome == outcome; }));
}

namespace {

// Missing targets whose nearest entries are looked up; a person reads no more of them.
constexpr std::size_t kExplained = 100;

template <typename T>
void Canonicalize(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

// The rules in an order that does not depend on how they were given.
Rules Canonical(Rules rules) {
  for (auto* list : {&rules.include, &rules.exclude, &rules.include_regex, &rules.exclude_regex,
                     &rules.require}) {
    Canonicalize(*list);
  }
  if (rules.only) Canonicalize(*rules.only);
  Canonicalize(rules.classes);
  Canonicalize(rules.map);
  return rules;
}

Status CheckMap(std::span<const MapRule> map) {
  for (const MapRule& rule : map) {
    const bool from_scope = rule.from.ends_with('/'), to_scope = rule.to.ends_with('/');
    if (!rule.from.empty() && !rule.to.empty() && from_scope == to_scope) continue;
    return Fail(Error(ErrorCode::kInvalidArgument, "select/bad-map",
                      fmt::format("the map rule '{}=>{}' mixes a scope and a single name", rule.from,
                                  rule.to))
                    .Hint("end both sides in '/' to map a scope, neither to map one name"));
  }
  return {};
}

std::vector<Target> SortedTargets(std::span<const Target> targets) {
  std::vector<Target> sorted(targets.begin(), targets.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Target& a, const Target& b) { return a.name < b.name; });
  return sorted;
}

Subject SubjectOf(const Target& target, const Entry* entry) {
  Subject subject;
  subject.spellings = select::SpellingsOf(target);
  subject.spec = entry ? entry->spec : target.spec;
  subject.cls = target.cls.value_or(entry ? entry->cls : EntryClass::kWeights);
  if (entry) {
    for (std::string& name : SpellingsOf(*entry)) {
      if (std::find(subject.spellings.begin(), subject.spellings.end(), name) ==
          subject.spellings.end()) {
        subject.spellings.push_back(std::move(name));
      }
    }
  }
  return subject;
}

// "2 of 5 are not restored: a, b, …".
std::string NotRestoredAdvice(std::span<const std::string> names, std::size_t matched) {
  std::string advice = fmt::format("{} of {} are not restored:", names.size(), matched);
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) advice += fmt::format(" {}", names[i]);
  if (names.size() > 5) advice += fmt::format(" + {} more", names.size() - 5);
  return advice;
}

// What every plan is made of: the rules, the sorted targets and where each gets its value.
class Planner {
 public:
  Planner(const Catalog& source, std::span<const Target> targets, const Rules& rules)
      : source_(source), targets_(targets), rules_(rules) {}

  Result<Plan> Run(const std::vector<Resolution>& resolutions) {
    REGRAFT_TRY(Selection selection, Selection::Compile(rules_));
    plan_.source_prefix = source_.prefix;
    plan_.source_kind = KindName(source_.kind);
    plan_.source_fingerprint = source_.fingerprint;
    plan_.target_fingerprint = FingerprintOf(targets_);
    plan_.hollow = source_.hollow;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const Resolution& resolution = resolutions[i];
      const Entry* entry =
          resolution.entries.size() == 1 ? &source_.entries[resolution.entries[0]] : nullptr;
      subjects_.push_back(SubjectOf(targets_[i], entry));
      std::string decided_by;
      const bool selected = selection.Decide(subjects_.back(), decided_by);
      PlannedTarget planned = select::Judge(targets_[i], resolution, source_, rules_);
      if (!selected) {
        planned.outcome = Outcome::kNotSelected;
        planned.rule = decided_by;
        planned.candidates.clear();
      } else if (planned.rule.empty() && planned.outcome == Outcome::kRestore) {
        planned.rule = decided_by;
      }
      plan_.targets.push_back(std::move(planned));
    }
    plan_.rules = selection.Rows(subjects_, rules_.allow_unused_rules);
    REGRAFT_CHECK(AddRequireRows());
    AddUnused();
    return std::move(plan_);
  }

  void AddMapRows(std::span<const std::size_t> matches) {
    for (std::size_t i = 0; i < rules_.map.size(); ++i) {
      PlannedRule row{select::MapRuleText(rules_.map[i]), matches[i], false, ""};
      if (matches[i] == 0) {
        row.problem = !rules_.allow_unused_rules;
        std::vector<std::string> names;
        for (const Target& target : targets_) {
          for (std::string& name : select::SpellingsOf(target)) names.push_back(std::move(name));
        }
        const std::vector<std::string> near = Nearest(rules_.map[i].to, names, 3);
        row.advice = near.empty() ? fmt::format("no target is called '{}'", rules_.map[i].to)
                                  : fmt::format("no target is called '{}'; nearest: {}",
                                                rules_.map[i].to, Join(near, ", "));
      }
      map_rows_.push_back(std::move(row));
    }
  }

  Plan Finish(Plan plan) const {
    plan.rules.insert(plan.rules.end(), map_rows_.begin(), map_rows_.end());
    std::sort(plan.rules.begin(), plan.rules.end(),
              [](const PlannedRule& a, const PlannedRule& b) { return a.rule < b.rule; });
    AddBatchNormNote(plan);
    return plan;
  }

 private:
  Status AddRequireRows() {
    for (const std::string& glob : rules_.require) {
      REGRAFT_TRY(const select::Pattern pattern, select::Pattern::Glob(glob));
      PlannedRule row{"--require " + ShellQuoted(glob), 0, false, ""};
      std::vector<std::string> not_restored;
      for (std::size_t i = 0; i < targets_.size(); ++i) {
        if (!pattern.Matches(subjects_[i].spellings, subjects_[i].cls)) continue;
        ++row.matched;
        if (plan_.targets[i].outcome != Outcome::kRestore) not_restored.push_back(targets_[i].name);
      }
      row.problem = row.matched == 0 || !not_restored.empty();
      if (row.matched == 0) row.advice = "no target matches it";
      if (!not_restored.empty()) row.advice = NotRestoredAdvice(not_restored, row.matched);
      plan_.rules.push_back(std::move(row));
    }
    return {};
  }

  void AddUnused() {
    std::set<std::string_view> used;
    for (const PlannedTarget& planned : plan_.targets) {
      if (planned.outcome == Outcome::kRestore) used.insert(planned.source);
    }
    for (const Entry& entry : source_.entries) {
      if (used.contains(entry.key) || entry.key == checkpoint::kObjectGraphKey) continue;
      plan_.unused.push_back({entry.key, entry.cls});
    }
  }

  // Scale without statistics is the classic half-restored layer.
  void AddBatchNormNote(Plan& plan) const {
    const auto stem = [](std::string_view key) {
      return std::string(key.substr(0, std::min(key.rfind("/gamma"), key.rfind("/moving_"))));
    };
    std::set<std::string> scales, statistics;
    for (const PlannedTarget& planned : plan.targets) {
      if (planned.outcome != Outcome::kRestore) continue;
      const std::string_view key = select::ShortKey(planned.source);
      if (key.ends_with("/gamma")) scales.insert(stem(key));
      if (planned.source_class == EntryClass::kBnStats) statistics.insert(stem(key));
    }
    std::size_t bare = 0;
    std::set<std::string> counted;
    for (const UnusedEntry& unused : plan.unused) {
      if (unused.cls != EntryClass::kBnStats) continue;
      const std::string layer = stem(select::ShortKey(unused.key));
      if (scales.contains(layer) && !statistics.contains(layer)) bare += counted.insert(layer).second;
    }
    if (bare > 0) {
      plan.notes.push_back(fmt::format(
          "{} selected without moving_mean and moving_variance; --class @weights,@bn-stats "
          "takes both", Plural(bare, "batch-normalization layer")));
    }
  }

  const Catalog& source_;
  std::span<const Target> targets_;
  const Rules& rules_;
  Plan plan_;
  std::vector<Subject> subjects_;
  std::vector<PlannedRule> map_rows_;
};

Result<Plan> PlanOnce(const Catalog& source, const NameIndex& names, std::span<const Target> targets,
                      const Rules& rules) {
  const select::ResolvedTargets resolved = select::Resolve(names, targets, rules.map);
  Planner planner(source, targets, rules);
  planner.AddMapRows(resolved.rule_matches);
  REGRAFT_TRY(Plan plan, planner.Run(resolved.targets));
  return planner.Finish(std::move(plan));
}

std::size_t Problems(const Plan& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.targets.begin(), plan.targets.end(),
                    [](const PlannedTarget& t) { return IsProblem(t.outcome); }));
}

void AddSuggestions(const Catalog& source, const NameIndex& names, std::span<const Target> targets,
                    const Rules& rules, Plan& plan) {
  std::vector<PlannedTarget*> missing;
  std::vector<const Target*> wanted;
  for (PlannedTarget& planned : plan.targets) {
    if (planned.outcome != Outcome::kMissing) continue;
    missing.push_back(&planned);
    wanted.push_back(&planned.target);
  }
  if (missing.empty()) return;
  std::set<std::string_view> unused;
  for (const UnusedEntry& entry : plan.unused) unused.insert(entry.key);
  std::vector<bool> available;
  for (const Entry& entry : source.entries) available.push_back(unused.contains(entry.key));
  const select::Nearness nearness(source, std::move(available));
  for (std::size_t i = 0; i < missing.size() && i < kExplained; ++i) {
    PlannedTarget* const planned = missing[i];
    std::set<std::size_t> shown;
    for (const select::Candidate& candidate : nearness.For(planned->target)) {
      if (shown.size() == 2) break;
      if (!shown.insert(candidate.entry).second) continue;
      planned->candidates.push_back(nearness.Describe(planned->target, candidate));
    }
  }
  plan.suggestions = select::Suggest(
      source, nearness, wanted, Problems(plan), [&](std::span<const MapRule> more) {
        Rules extended = rules;
        extended.map.insert(extended.map.end(), more.begin(), more.end());
        const Result<Plan> again = PlanOnce(source, names, targets, Canonical(std::move(extended)));
        return again ? Problems(*again) : Problems(plan);
      });
}

}  // namespace

Result<Plan> MakePlan(const Catalog& source, std::span<const Target> given, const Rules& given_rules) {
  const std::vector<Target> targets = SortedTargets(given);
  if (targets.empty()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "select/no-targets",
                      "there is nothing to restore into: the list of targets is empty")
                    .With("source", source.prefix)
                    .Hint("build the model first, or pass the variables that should be restored"));
  }
  for (std::size_t i = 1; i < targets.size(); ++i) {
    if (targets[i - 1].name != targets[i].name) continue;
    return Fail(Error(ErrorCode::kInvalidArgument, "select/duplicate-target",
                      fmt::format("two targets are called '{}'", targets[i].name))
                    .Hint("pass each variable once"));
  }
  const Rules rules = Canonical(given_rules);
  REGRAFT_CHECK(CheckMap(rules.map));
  const NameIndex names(source);
  REGRAFT_TRY(Plan plan, PlanOnce(source, names, targets, rules));
  AddSuggestions(source, names, targets, rules, plan);
  return plan;
}

Result<Plan> MakeSelection(const Catalog& source, const Rules& given_rules) {
  Rules rules = Canonical(given_rules);
  rules.map.clear();
  std::vector<Target> targets;
  for (const Entry& entry : source.entries) {
    Target target;
    target.name = entry.key;
    target.key = entry.key;
    target.paths = entry.paths;
    target.full_name = entry.full_name;
    target.spec = entry.spec;
    target.cls = entry.cls;
    targets.push_back(std::move(target));
  }
  std::vector<Resolution> resolutions(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    resolutions[i].step = Step::kKey;
    resolutions[i].entries = {i};
  }
  Planner planner(source, targets, rules);
  REGRAFT_TRY(Plan plan, planner.Run(resolutions));
  return planner.Finish(std::move(plan));
}

}  // namespace regraft
