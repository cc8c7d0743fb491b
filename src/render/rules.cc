// What each rule of a plan did.
#include <fmt/format.h>

#include <utility>

#include "regraft/plan.h"
#include "render/documents.h"

namespace regraft::render {

void AddRules(const std::vector<PlannedRule>& rules, const TextOptions& options,
              Document& document) {
  std::string heading = "rules";
  for (const bool problem : {true, false}) {
    List list{.heading = heading, .marker = problem ? '!' : ' ', .rows = {}, .complete = true};
    for (const PlannedRule& rule : rules) {
      if (rule.problem != problem) continue;
      std::string did = fmt::format("matched {}", rule.matched);
      if (rule.changed && *rule.changed != rule.matched)
        did += fmt::format(", changed {}", *rule.changed);
      Row& row = list.rows.emplace_back();
      row.name = Spelled(rule.rule, options.face);
      row.note = std::move(did);
      if (problem && !rule.advice.empty()) row.below.push_back(rule.advice);
    }
    if (list.rows.empty()) continue;
    document.Add(std::move(list));
    heading.clear();
  }
}

}  // namespace regraft::render
