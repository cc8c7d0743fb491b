// Plan::Check: every problem of a plan in one error.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "regraft/plan.h"
#include "select/pattern.h"
#include "select/resolve.h"

namespace regraft {
namespace {

constexpr std::size_t kSpelledOut = 10;

struct Kind {
  Outcome outcome;
  std::string_view slug;
  std::string_view one, many;  // "… has no source", "… have no source".
};
constexpr std::array kKinds = {
    Kind{Outcome::kConflict, "select/conflict", "is given two sources by the map",
         "are given two sources each by the map"},
    Kind{Outcome::kAmbiguous, "select/ambiguous", "has more than one possible source",
         "have more than one possible source each"},
    Kind{Outcome::kMissing, "select/missing", "is not in the checkpoint", "are not in the checkpoint"},
    Kind{Outcome::kShapeMismatch, "select/shape", "has another shape in the checkpoint",
         "have another shape in the checkpoint"},
    Kind{Outcome::kDtypeMismatch, "select/dtype", "has another dtype in the checkpoint",
         "have another dtype in the checkpoint"},
    Kind{Outcome::kUnreadable, "select/unreadable", "has a source that cannot be read as numbers",
         "have sources that cannot be read as numbers"},
};

// Rules whose failure means that something was not found, not that a requirement is unmet.
bool IsPatternRow(const PlannedRule& row) {
  return !row.rule.starts_with("--map") && !row.rule.starts_with("--require");
}

bool HoldsWeights(const Plan& plan) {
  return plan.Count(Outcome::kRestore) > 0 ||
         std::any_of(plan.unused.begin(), plan.unused.end(), [](const UnusedEntry& entry) {
           return entry.cls == EntryClass::kWeights || entry.cls == EntryClass::kBnStats;
         });
}

Error HollowError(const Plan& plan) {
  Error error(ErrorCode::kUnmet, "select/hollow",
              "the checkpoint holds no weights, so nothing can be restored from it");
  error.details.push_back({"checkpoint", plan.source_prefix});
  std::string keys;
  for (const UnusedEntry& entry : plan.unused) keys += (keys.empty() ? "" : ", ") + entry.key;
  error.details.push_back({"it holds", keys.empty() ? "nothing but the object graph" : keys});
  for (const std::string& path : plan.hollow) {
    error.details.push_back({"hollow", fmt::format("the object '{}' is there, without a single variable below it", path)});
  }
  if (!plan.hollow.empty()) {
    error.details.push_back({"reason", "Keras 3 does not track layers that a subclassed model keeps in a Python list "
                                       "or dict: saving such a model stores none of their weights"});
    error.hint = "in the program that saves, hold the layers as attributes or in a tuple, and save again";
  } else {
    error.hint = fmt::format("regraft ls {} shows what there is", ShellQuoted(plan.source_prefix));
  }
  return error;
}

// An exclude that takes away exactly the targets of `outcome`: their common folder if all
// of it is concerned, else their names.
std::string ExcludeFor(const Plan& plan, Outcome outcome) {
  std::vector<std::string> names;
  for (const PlannedTarget& planned : plan.targets) {
    if (planned.outcome == outcome) names.push_back(planned.target.name);
  }
  std::string folder = names[0];
  while (!folder.empty()) {
    const std::size_t slash = folder.rfind('/', folder.size() - 2);
    folder = slash == std::string::npos ? "" : folder.substr(0, slash + 1);
    if (folder.empty()) break;
    if (!std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.starts_with(folder); })) {
      continue;
    }
    const bool all = std::all_of(plan.targets.begin(), plan.targets.end(), [&](const PlannedTarget& t) {
      return !t.target.name.starts_with(folder) || t.outcome == outcome ||
             t.outcome == Outcome::kNotSelected;
    });
    if (all) return "--exclude " + ShellQuoted(select::EscapeGlob(folder) + "**");
    break;
  }
  std::string flags;
  for (std::size_t i = 0; i < names.size() && i < kSpelledOut; ++i) {
    flags += (i ? " " : "") + ("--exclude " + ShellQuoted(select::EscapeGlob(names[i])));
  }
  return names.size() > kSpelledOut ? "" : flags;
}

void Spell(const PlannedTarget& planned, Error& error) {
  error.details.push_back({"wanted", fmt::format("{} {}{}", planned.target.name, planned.target.spec.ToString(),
                                                 planned.rule.starts_with("--map")
                                                     ? "  by " + planned.rule
                                                     : "")});
  switch (planned.outcome) {
    case Outcome::kMissing:
      for (const std::string& near : planned.candidates) error.details.push_back({"closest", near});
      break;
    case Outcome::kShapeMismatch:
    case Outcome::kDtypeMismatch:
    case Outcome::kUnreadable:
      error.details.push_back({"found", fmt::format("{} {}", planned.source, planned.source_spec.ToString())});
      break;
    default:
      for (const std::string& candidate : planned.candidates) error.details.push_back({"either", candidate});
  }
}

std::string SuggestionText(const Suggestion& suggestion) {
  std::string text;
  for (const MapRule& rule : suggestion.map) text += select::MapRuleText(rule) + " ";
  return fmt::format("{}  resolves {} of {}", text, suggestion.resolves, suggestion.of);
}

std::string HintFor(const Plan& plan, Outcome outcome) {
  switch (outcome) {
    case Outcome::kMissing: return "--missing keep leaves such targets as they are";
    case Outcome::kShapeMismatch: {
      const std::string exclude = ExcludeFor(plan, outcome);
      const std::string skip = "--on-shape skip leaves such targets as they are";
      return exclude.empty() ? skip : fmt::format("{}  leaves them out; or --on-shape skip|slice|pad", exclude);
    }
    case Outcome::kDtypeMismatch: return "--on-dtype cast converts them, rounding to nearest even";
    case Outcome::kAmbiguous: return "--map 'KEY=>TARGET' with one of the keys above says which is meant";
    case Outcome::kConflict: return "leave one of the two map rules out";
    default: {
      const std::string exclude = ExcludeFor(plan, outcome);
      return exclude.empty() ? "leave them out with --exclude" : exclude + "  leaves them out";
    }
  }
}

}  // namespace

Status Plan::Check() const {
  std::vector<const PlannedTarget*> problems;
  std::vector<std::string> sentences;
  std::string slug, hint;
  for (const Kind& kind : kKinds) {
    std::size_t count = 0;
    for (const PlannedTarget& planned : targets) {
      if (planned.outcome != kind.outcome) continue;
      ++count;
      problems.push_back(&planned);
    }
    if (count == 0) continue;
    const std::size_t selected = targets.size() - Count(Outcome::kNotSelected);
    sentences.push_back(fmt::format("{} of {} selected target{} {}", count, selected,
                                    selected == 1 ? "" : "s", count == 1 ? kind.one : kind.many));
    if (slug.empty()) hint = HintFor(*this, kind.outcome);
    slug = slug.empty() ? std::string(kind.slug) : "select/problems";
  }
  std::vector<const PlannedRule*> unmatched;
  for (const PlannedRule& row : rules) {
    if (row.problem) unmatched.push_back(&row);
  }
  if (problems.empty() && unmatched.empty()) {
    if (Count(Outcome::kRestore) > 0) return {};
    if (!HoldsWeights(*this)) return Fail(HollowError(*this));
    Error error(ErrorCode::kUnmet, "select/nothing", "nothing would be restored");
    error.details.push_back({"checkpoint", source_prefix});
    error.details.push_back({"targets", fmt::format("{} kept by a policy, {} not selected", Count(Outcome::kKeep),
                                                    Count(Outcome::kNotSelected))});
    error.hint = "loosen the selection, or compare the names: regraft ls " + ShellQuoted(source_prefix);
    return Fail(std::move(error));
  }
  if (!problems.empty() && !HoldsWeights(*this) && Count(Outcome::kMissing) == problems.size()) {
    return Fail(HollowError(*this));
  }

  const bool only_patterns = problems.empty() && std::all_of(unmatched.begin(), unmatched.end(),
                                                             [](const PlannedRule* row) { return IsPatternRow(*row); });
  Error error(only_patterns ? ErrorCode::kNotFound : ErrorCode::kUnmet,
              slug.empty() ? "select/unused-rule" : slug, "");
  for (const PlannedRule* row : unmatched) {
    if (slug.empty() && row->rule.starts_with("--require")) error.slug = "select/require";
    sentences.push_back(row->matched == 0 ? fmt::format("{} matched nothing of {}", row->rule, targets.size())
                                          : fmt::format("{} is not met", row->rule));
  }
  error.message = Join(sentences, "; ");
  error.details.push_back({"checkpoint", fmt::format("{} ({})", source_prefix, source_kind)});
  for (std::size_t i = 0; i < problems.size() && i < kSpelledOut; ++i) Spell(*problems[i], error);
  if (problems.size() > kSpelledOut) {
    error.details.push_back({"", fmt::format("+ {} more; --all lists them", problems.size() - kSpelledOut)});
  }
  for (const PlannedRule* row : unmatched) {
    if (!row->advice.empty()) error.details.push_back({"rule", fmt::format("{}: {}", row->rule, row->advice)});
  }
  for (const Suggestion& suggestion : suggestions) {
    error.details.push_back({"try", SuggestionText(suggestion)});
  }
  error.hint = !suggestions.empty() ? "" : !hint.empty() ? hint : only_patterns ? "--allow-unused-rules accepts rules that match nothing" : "";
  return Fail(std::move(error));
}

}  // namespace regraft
