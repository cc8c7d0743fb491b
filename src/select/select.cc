#include "select/select.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "classify/owners.h"
#include "select/compiled_selection.h"
#include "select/unmet.h"

namespace regraft {
namespace select {

Target AsTarget(const Entry& entry) {
  Target target;
  target.name = entry.name;
  target.key = entry.key;
  target.paths = entry.paths;
  target.path_kinds = entry.path_kinds;
  target.full_name = entry.full_name;
  target.spec = entry.spec;
  target.cls = entry.cls;
  return target;
}

Result<Selected> Decide(const Catalog& source, const Selection& selection,
                        bool allow_unused_rules) {
  REGRAFT_TRY(CompiledSelection rules, CompiledSelection::Compile(selection));
  std::vector<Subject> subjects;
  if (rules.LooksAtSubjects()) {
    subjects.reserve(source.entries.size());
    for (const Entry& entry : source.entries) {
      subjects.push_back(SubjectOf(AsTarget(entry), &entry));
    }
  } else {
    subjects.resize(source.entries.size());
  }
  rules.Among(subjects);
  Selected out;
  out.entries.resize(subjects.size());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    out.entries[i].taken = rules.Decide(subjects[i], out.entries[i].rule);
  }
  out.rules = rules.Rows(subjects, allow_unused_rules);
  std::sort(out.rules.begin(), out.rules.end(), TextBefore);
  return out;
}

}  // namespace select

std::size_t Selected::taken() const {
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const SelectedEntry& entry) { return entry.taken; }));
}

Result<Selected> Select(const Catalog& source, const Selection& selection,
                        bool allow_unused_rules) {
  REGRAFT_TRY(Selected selected, select::Decide(source, selection, allow_unused_rules));
  const std::size_t all = source.entries.size(), taken = selected.taken();
  const std::vector<const PlannedRule*> unmet = select::UnmetRules(selected.rules);
  if (!unmet.empty()) {
    return Fail(select::UnmetError(unmet, all, source.prefix, KindName(source)));
  }
  if (taken > 0) return selected;
  std::vector<UnusedEntry> unused;
  for (const Entry& entry : source.entries) {
    if (entry.key != classify::kObjectGraphKey)
      unused.push_back({entry.key, entry.cls, entry.name});
  }
  if (!select::HoldWeights(unused)) {
    return Fail(select::HollowError(source.prefix, unused, source.hollow));
  }
  return Fail(select::NothingError(source.prefix, 0, all));
}

}  // namespace regraft
