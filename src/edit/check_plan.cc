// CopyPlan::Check: whether a planned copy may be carried out, and what would help if not.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "classify/owners.h"
#include "regraft/copy.h"
#include "select/compiled_selection.h"

namespace regraft {
namespace {

constexpr std::size_t kShown = 10;

// "2 rules match nothing, 1 rule changes nothing".
std::string NothingDone(std::span<const PlannedRule* const> rules) {
  const auto idle = static_cast<std::size_t>(std::count_if(
      rules.begin(), rules.end(), [](const PlannedRule* row) { return row->matched > 0; }));
  const auto say = [](std::size_t count, std::string_view one, std::string_view several) {
    return count == 1 ? fmt::format("1 rule {} nothing", one)
                      : fmt::format("{} rules {} nothing", count, several);
  };
  std::vector<std::string> texts;
  if (idle < rules.size()) texts.push_back(say(rules.size() - idle, "matches", "match"));
  if (idle > 0) texts.push_back(say(idle, "changes", "change"));
  return Join(texts, ", ");
}

}  // namespace

Status CopyPlan::Check() const {
  std::vector<const PlannedRule*> problems;
  for (const PlannedRule& row : rules) {
    if (row.problem) problems.push_back(&row);
  }
  if (!problems.empty()) {
    const bool patterns = std::all_of(problems.begin(), problems.end(),
                                      [](const auto* row) { return select::IsSearch(row->rule); });
    Error error(patterns ? ErrorCode::kNotFound : ErrorCode::kUnmet, "edit/rules",
                NothingDone(problems));
    for (const PlannedRule* row : problems) {
      error.details.push_back({"rule", "", {row->rule}});
      if (!row->advice.empty()) error.details.push_back({"", row->advice});
    }
    error.hint = "correct it";
    error.remedies = {{{{Option::kAllowUnusedRules}}, "accepts it"}};
    return Fail(std::move(error));
  }
  const bool anything = std::any_of(entries.begin(), entries.end(), [](const CopiedEntry& entry) {
    return entry.from != classify::kObjectGraphKey;
  });
  if (anything || left_out.empty()) return {};
  Error error(ErrorCode::kNotFound, "edit/nothing",
              fmt::format("nothing is left to copy: {} {} behind", left_out.size(),
                          left_out.size() == 1 ? "entry stays" : "entries stay"));
  for (std::size_t i = 0; i < left_out.size() && i < kShown; ++i) {
    const LeftOutEntry& entry = left_out[i];
    error.details.push_back(
        {"left out", entry.name + (entry.rules.empty() ? "" : "  by "), entry.rules});
  }
  error.remedies = {{{{Option::kList, prefixes[0]}}, "shows what there is"}};
  return Fail(std::move(error));
}

}  // namespace regraft
