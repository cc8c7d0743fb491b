#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "regraft/catalog.h"
#include "regraft/names.h"
#include "regraft/render.h"
#include "regraft/rules.h"
#include "render/test_plans.h"

namespace regraft::render {
namespace {

using Json = nlohmann::json;

TEST(ReportJson, AgreesWithTheReport) {
  Report report = Done(Planned(NetCatalog(), NetTargets("head", 12, DType::kFloat16),
                               {.select = {.exclude = {"layer_3/**"}},
                                .on_shape = OnShape::kPad,
                                .on_dtype = OnDtype::kCast}));
  report.restored[0].overflowed = 3;
  const std::string text = ReportJson(report);
  EXPECT_EQ(text.back(), '\n');
  const Json json = Json::parse(text, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["schema"], "regraft.report/1");
  EXPECT_EQ(json["bytes_read"], report.bytes_read);
  EXPECT_EQ(json["summary"], json["plan"]["summary"]);
  ASSERT_EQ(json["restored"].size(), report.restored.size());
  for (std::size_t i = 0; i < report.restored.size(); ++i) {
    const Json& item = json["restored"][i];
    const RestoredTarget& restored = report.restored[i];
    const PlannedTarget& planned = report.plan.targets[restored.planned];
    EXPECT_EQ(item["target"], planned.target.name);
    EXPECT_EQ(item["source"], planned.source);
    EXPECT_EQ(item["evidence"], EvidenceName(planned.evidence));
    EXPECT_EQ(item["spelling"], SpellingName(planned.spelling));
    EXPECT_EQ(std::stoul(item["crc32c"].get<std::string>(), nullptr, 16), restored.crc32c);
    EXPECT_EQ(item["bytes"], restored.bytes);
    EXPECT_EQ(item["overflowed"], restored.overflowed);
  }
  EXPECT_EQ(json["restored"][0]["target"], "head/bias");
  EXPECT_EQ(json["restored"][0]["action"], "cast+pad");
}

TEST(ReportJson, HoldsThePlanItself) {
  const Report report = Done(Planned(NetCatalog(), NetTargets()));
  const Json json = Json::parse(ReportJson(report));
  const Result<Plan> plan = ParsePlan(json["plan"].dump());
  ASSERT_TRUE(plan) << plan.error().ToString();
  EXPECT_EQ(*plan, report.plan);
}

TEST(ReportJson, SpellsNamesThatAreNotUtf8) {
  testing::CatalogBuilder builder(testing::Of::kObjects);
  builder.Variable("net/\xff", "", {1});
  Target target = testing::ModelTarget("\xff", "", {1});
  target.paths = {"net/\xff"};
  const Report report = Done(Planned(builder.Build(), {target}));
  ASSERT_EQ(report.restored.size(), 1u);
  EXPECT_FALSE(Json::parse(ReportJson(report), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace regraft::render
