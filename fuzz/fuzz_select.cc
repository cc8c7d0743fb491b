// Any bytes as rules over a small checkpoint. The first lines are an include, an exclude, an
// exclude by regex, a --where, a map rule, a requirement; the rest is a map file and,
// after a zero byte, a JSON list of targets.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.h"
#include "regraft/catalog.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "regraft/selection.h"
#include "regraft/targets.h"
#include "small_catalog.h"

using regraft::fuzz::Next;
using regraft::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = regraft::fuzz::Text(data, size);
  const regraft::Catalog catalog = regraft::fuzz::SmallCatalog();
  regraft::Rules rules;
  const auto take = [&text](std::vector<std::string>& into) {
    const std::string_view line = Next(text, '\n');
    if (!line.empty()) into.emplace_back(line);
  };
  take(rules.select.include);
  take(rules.select.exclude);
  take(rules.select.exclude_regex);
  rules.select.where = Next(text, '\n');
  if (const auto rule = regraft::ParseMapRule(Next(text, '\n'))) rules.map.push_back(*rule);
  take(rules.require);
  if (const auto map = regraft::ParseMapFile(Next(text, '\0'))) {
    rules.map.insert(rules.map.end(), map->begin(), map->end());
  }
  rules.missing = regraft::OnMissing::kKeep;
  rules.on_shape = regraft::OnShape::kSlice;

  std::vector<regraft::Target> targets = regraft::TargetsFrom(catalog);
  if (auto listed = regraft::TargetsFromJson(text)) {
    targets.insert(targets.end(), listed->begin(), listed->end());
  }
  (void)regraft::Select(catalog, rules.select);
  (void)regraft::MakePlan(catalog, rules);
  const auto plan = regraft::MakePlan(catalog, targets, rules);
  if (!plan) return 0;
  // Equal however its inputs were ordered, and the same after a round trip.
  std::reverse(targets.begin(), targets.end());
  std::reverse(rules.map.begin(), rules.map.end());
  Require(*regraft::MakePlan(catalog, targets, rules) == *plan);
  Require(*regraft::ParsePlan(regraft::PlanJson(*plan)) == *plan);
  return 0;
}
