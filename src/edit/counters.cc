#include "edit/counters.h"

#include <algorithm>

#include "base/try.h"
#include "classify/classify.h"
#include "regraft/names.h"
#include "select/names.h"

namespace regraft::edit {
namespace {

bool IsOne(const Entry& entry) {
  switch (entry.cls) {
    case EntryClass::kStep:
    case EntryClass::kMeta:
      return true;
    case EntryClass::kOptimizer:
    case EntryClass::kEma:
      return classify::IsCounter(entry.spec);
    case EntryClass::kWeights:
    case EntryClass::kBnStats:
      return false;
  }
  return false;
}

// "optimizer/**" means what is there, whatever it is.
bool NamesSomething(const std::string& glob) {
  if (glob.starts_with('@')) return false;
  return glob.find_first_not_of("*?", glob.rfind('/') + 1) != std::string::npos;
}

}  // namespace

Result<Counters> Counters::Make(const Selection& selection) {
  Counters out;
  for (const std::string& glob : selection.include) {
    if (!NamesSomething(glob)) continue;
    REGRAFT_TRY(select::Pattern pattern, select::Pattern::Glob(glob));
    out.named_.push_back(std::move(pattern));
  }
  for (const std::string& regex : selection.include_regex) {
    REGRAFT_TRY(select::Pattern pattern, select::Pattern::Regex(regex));
    out.named_.push_back(std::move(pattern));
  }
  if (selection.only) out.only_ = *selection.only;
  return out;
}

bool Counters::Spares(const Entry& entry) const {
  if (!IsOne(entry)) return false;
  const std::vector<std::string> names = SpellingsOf(entry);
  return std::none_of(
             named_.begin(), named_.end(),
             [&](const select::Pattern& pattern) { return pattern.Matches(names, entry.cls); }) &&
         std::none_of(only_.begin(), only_.end(), [&](const std::string& name) {
           return std::find(names.begin(), names.end(), name) != names.end();
         });
}

}  // namespace regraft::edit
