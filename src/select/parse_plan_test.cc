#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "regraft/catalog.h"
#include "regraft/plan.h"
#include "testing/catalogs.h"

namespace regraft::select {
namespace {

using testing::CatalogBuilder;
using testing::ModelTarget;

Plan MissingOne() {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames)
                              .Named("dense/kernel", {3, 3})
                              .Named("it's/bias", {3})
                              .Build();
  const std::vector<Target> targets = {ModelTarget("dense_1/kernel", "", {3, 5}),
                                       ModelTarget("it's/bias", "", {3})};
  Result<Plan> plan = MakePlan(catalog, targets, {.select = {.exclude = {"it's/*"}}});
  EXPECT_TRUE(plan) << plan.error().ToString();
  return *std::move(plan);
}

TEST(ParsePlan, ReadsRulesAndCandidatesAsValues) {
  const Plan plan = MissingOne();
  const Result<Plan> again = ParsePlan(PlanJson(plan));
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(*again, plan);
  EXPECT_EQ(again->rules.at(0).rule, (Setting{Option::kExclude, "it's/*"}));
  EXPECT_EQ(again->targets.at(0).candidates.at(0).key, "dense/kernel");
}

TEST(ParsePlan, ReadsPlansWhoseCandidatesAreTextAlone) {
  const Plan plan = MissingOne();
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(PlanJson(plan));
  ASSERT_EQ(json["entries"][0].erase("candidate_entries"), 1u);
  const Result<Plan> old = ParsePlan(json.dump());
  ASSERT_TRUE(old) << old.error().ToString();
  EXPECT_EQ(old->targets[0].candidates.at(0).ToString(),
            plan.targets[0].candidates.at(0).ToString());
  EXPECT_EQ(nlohmann::ordered_json::parse(PlanJson(*old)), json);
}

TEST(ParsePlan, KeepsWhatItDoesNotKnowAsARule) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(PlanJson(MissingOne()));
  json["rules"][0]["rule"] = "--of-tomorrow 'x'";
  const Result<Plan> plan = ParsePlan(json.dump());
  ASSERT_TRUE(plan) << plan.error().ToString();
  EXPECT_EQ(plan->rules[0].rule, (Setting{Option::kReason, "--of-tomorrow 'x'"}));
  EXPECT_EQ(nlohmann::ordered_json::parse(PlanJson(*plan)), json);
}

}  // namespace
}  // namespace regraft::select
