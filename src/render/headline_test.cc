#include <gmock/gmock.h>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/render.h"
#include "regraft/rules.h"
#include "render/columns.h"
#include "render/test_plans.h"

namespace regraft::render {
namespace {

using testing::CatalogBuilder;
using ::testing::HasSubstr;
using testing::ModelTarget;

// A fine-tuned BERT-base of 161 weights, 109.5 million parameters, with its optimizer.
Plan BertPlan() {
  CatalogBuilder builder(testing::Of::kObjects);
  std::vector<Target> targets;
  const auto add = [&](const std::string& name, Shape shape) {
    builder.Variable("bert/" + name, name, shape);
    targets.push_back(ModelTarget(name, "", std::move(shape)));
  };
  add("embeddings/word", {30522, 768});
  add("embeddings/position", {512, 768});
  add("embeddings/norm/gamma", {768});
  add("embeddings/norm/beta", {768});
  add("pooler/kernel", {768, 768});
  for (int i = 0; i < 12; ++i) {
    const std::string layer = "encoder/layer_" + std::to_string(i) + "/";
    for (const char* part : {"query", "key", "value", "attention"}) {
      add(layer + part + "/kernel", {768, 768});
      add(layer + part + "/bias", {768});
    }
    add(layer + "intermediate/kernel", {768, 3072});
    add(layer + "intermediate/bias", {3072});
    add(layer + "output/kernel", {3072, 768});
    add(layer + "output/bias", {768});
    add(layer + "norm/gamma", {768});
  }
  for (int i = 0; i < 397; ++i) {
    builder.Variable("optimizer/m/" + std::to_string(i), "", {2}, DType::kFloat32,
                     EntryClass::kOptimizer);
  }
  builder.Variable("optimizer/iterations", "", {}, DType::kInt64, EntryClass::kStep);
  targets.push_back(ModelTarget("head/kernel", "", {768, 2}));
  targets.push_back(ModelTarget("head/bias", "", {2}));
  return Planned(builder.Build(), targets, {.missing = OnMissing::kKeep});
}

TEST(Headline, SaysItAllInOneLine) {
  const Plan plan = BertPlan();
  ASSERT_EQ(plan.targets.size(), 163u);
  const std::string rest =
      " 161/163 variables (109.5 M of 109.5 M parameters) · 2 kept: head/{bias,kernel} · 398 "
      "unused: 397 optimizer, "
      "1 step";
  EXPECT_EQ(Headline(Done(plan)), "restored" + rest);
  EXPECT_EQ(Headline(plan), "would restore" + rest);
}

TEST(Headline, SaysOneInTheSingular) {
  CatalogBuilder builder(testing::Of::kObjects);
  builder.Variable("net/a", "a", {1}).Variable("net/b", "b", {1});
  const Plan plan = Planned(builder.Build(), {ModelTarget("a", "a", {1})});
  EXPECT_EQ(Headline(Done(plan)), "restored 1/1 variable (1 of 1 parameter) · 1 unused: 1 weight");
}

TEST(Headline, CountsEveryKindOfProblem) {
  const Plan missing = Planned(NetCatalog(), NetTargets("classifier"));
  EXPECT_THAT(
      Headline(missing),
      HasSubstr("24/26 variables (240 of 290 parameters) · 2 missing: classifier/{bias,kernel}"));
  const Plan shape = Planned(NetCatalog(), NetTargets("head", 3));
  EXPECT_THAT(Headline(shape), HasSubstr(" · 2 of another shape: head/{bias,kernel} · "));
  const Plan dtype = Planned(NetCatalog(), NetTargets("head", 10, DType::kFloat16));
  EXPECT_THAT(Headline(dtype), HasSubstr(" · 2 of another dtype: head/{bias,kernel} · "));
  const Plan excluded = Planned(NetCatalog(), NetTargets(), {.select = {.exclude = {"head/**"}}});
  EXPECT_THAT(Headline(excluded), HasSubstr(" · 2 not selected: head/{bias,kernel} · "));
}

TEST(Headline, NamesAFewOfManyAndCutsLongNames) {
  std::vector<Target> targets;
  for (const char* name : {"one/a", "two_b", "three/c/d"}) targets.push_back(ModelTarget(name, ""));
  const Catalog none = CatalogBuilder(testing::Of::kObjects).Build();
  EXPECT_EQ(Headline(Planned(none, targets, {.missing = OnMissing::kKeep})),
            "would restore 0/3 variables (0 of 6 parameters) · 3 kept: one/a, three/c/d …");
  targets = {ModelTarget(std::string(300, 'x') + "/kernel", "")};
  const std::string line = Headline(Planned(none, targets, {.missing = OnMissing::kKeep}));
  EXPECT_THAT(line, HasSubstr("x…x"));
  EXPECT_LT(Columns(line), 130u);
}

TEST(Headline, IsAsciiOnRequestAndNeverSteersATerminal) {
  const Catalog none = CatalogBuilder(testing::Of::kObjects).Build();
  const Plan plan = Planned(none, {ModelTarget("\xc3\xa9", ""), ModelTarget("b\x1b[2J\nx", "")},
                            {.missing = OnMissing::kKeep});
  EXPECT_EQ(
      Headline(plan, {.ascii = true}),
      "would restore 0/2 variables (0 of 4 parameters) - 2 kept: b\\x1b\\[2J\\x0ax, \\xc3\\xa9");
}

}  // namespace
}  // namespace regraft::render
