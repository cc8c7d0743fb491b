#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/rules.h"

namespace regraft {
namespace {

using edit::Open;
using edit::Trained;
using testing::CheckpointFolder;
using testing::TinyBundle;
using testing::TinyGraph;

constexpr std::string_view kEnd = "/.ATTRIBUTES/VARIABLE_VALUE";

std::string Short(std::string key) {
  if (key.ends_with(kEnd)) key.resize(key.size() - kEnd.size());
  return key;
}

// Old names to new ones, without the endings of keys.
using Names = std::map<std::string, std::string>;
Names NamesOf(const CopyPlan& plan) {
  Names names;
  for (const CopiedEntry& entry : plan.entries) names[Short(entry.from)] = Short(entry.key);
  return names;
}

class PlanCopyTest : public ::testing::Test {
 protected:
  PlanCopyTest() { Trained().WriteTo(folder_ / "a"); }

  Result<CopyPlan> Try(const CopyRules& rules, const std::string& name = "a") {
    reader_.emplace(Open(folder_ / name));
    const EditSource source{&*reader_};
    return PlanCopy({&source, 1}, rules);
  }
  CopyPlan Make(const CopyRules& rules, const std::string& name = "a") {
    auto plan = Try(rules, name);
    if (!plan) ADD_FAILURE() << plan.error().ToString();
    return *std::move(plan);
  }
  static CopyRules Choosing(Selection selection) {
    CopyRules out;
    out.select = std::move(selection);
    return out;
  }
  static CopyRules Mapping(std::vector<MapRule> map) {
    CopyRules out;
    out.map = std::move(map);
    return out;
  }

  CheckpointFolder folder_;
  std::optional<CheckpointReader> reader_;
};

TEST_F(PlanCopyTest, TakesEverythingAsItIsByDefault) {
  const CopyPlan plan = Make({});
  EXPECT_EQ(plan.entries.size(), 12u);  // The object graph among them.
  EXPECT_TRUE(plan.left_out.empty());
  EXPECT_TRUE(plan.object_graph.empty());
  for (const auto& [from, to] : NamesOf(plan)) EXPECT_EQ(from, to);
  EXPECT_TRUE(plan.Check());
}

TEST_F(PlanCopyTest, LetsSlotsGoWithTheirVariable) {
  const CopyPlan plan = Make(Choosing({.exclude = {"model/a/**"}}));
  const Names names = NamesOf(plan);
  EXPECT_FALSE(names.contains("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m"));
  EXPECT_TRUE(names.contains("model/b/kernel/.OPTIMIZER_SLOT/optimizer/m"));
  EXPECT_TRUE(names.contains("optimizer/iter"));
  EXPECT_EQ(plan.left_out.size(), 4u);
}

TEST_F(PlanCopyTest, LetsSlotsComeWithTheirVariable) {
  // A full name is none of a slot's.
  const CopyPlan plan = Make(Choosing({.include = {"net/a/*"}}));
  EXPECT_EQ(NamesOf(plan), (Names{{"model/a/bias", "model/a/bias"},
                                  {"model/a/kernel", "model/a/kernel"},
                                  {"model/a/kernel/.OPTIMIZER_SLOT/optimizer/m",
                                   "model/a/kernel/.OPTIMIZER_SLOT/optimizer/m"},
                                  {"model/a/kernel/.OPTIMIZER_SLOT/optimizer/v",
                                   "model/a/kernel/.OPTIMIZER_SLOT/optimizer/v"}}));
}

TEST_F(PlanCopyTest, DropsSlotsThatARuleNames) {
  const CopyPlan plan = Make(Choosing({.exclude = {"@optimizer"}}));
  for (const auto& [from, to] : NamesOf(plan)) {
    EXPECT_EQ(from.find("optimizer"), std::string::npos) << from;
  }
  const auto graph = ObjectGraph::Parse(plan.object_graph);
  ASSERT_TRUE(graph);
  for (const ObjectGraph::Node& node : graph->nodes()) EXPECT_TRUE(node.slots.empty());
}

TEST_F(PlanCopyTest, TakesTheOptimizerAloneIfThatIsAskedFor) {
  const CopyPlan plan = Make(Choosing({.classes = {EntryClass::kOptimizer}}));
  const Names names = NamesOf(plan);
  EXPECT_TRUE(names.contains("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m"));
  EXPECT_FALSE(names.contains("model/a/kernel"));
  EXPECT_TRUE(plan.Check());
}

TEST_F(PlanCopyTest, DoesNotFollowIfToldSo) {
  CopyRules rules = Choosing({.include = {"net/a/*"}});
  rules.follow_slots = false;
  EXPECT_EQ(Make(rules).entries.size(), 2u);
}

TEST_F(PlanCopyTest, RenamesScopesWithSlotsAndFullNames) {
  const CopyPlan plan = Make(Mapping({{"model/", "net/"}}));
  const Names names = NamesOf(plan);
  EXPECT_EQ(names.at("model/a/kernel"), "net/a/kernel");
  EXPECT_EQ(names.at("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m"),
            "net/a/kernel/.OPTIMIZER_SLOT/optimizer/m");
  EXPECT_EQ(names.at("optimizer/iter"), "optimizer/iter");
  EXPECT_EQ(names.size(), 11u);
}

TEST_F(PlanCopyTest, SwapsNames) {
  const Names names = NamesOf(Make(Mapping({{"model/a/", "model/b/"}, {"model/b/", "model/a/"}})));
  EXPECT_EQ(names.at("model/a/kernel"), "model/b/kernel");
  EXPECT_EQ(names.at("model/b/kernel"), "model/a/kernel");
  EXPECT_EQ(names.at("model/b/kernel/.OPTIMIZER_SLOT/optimizer/v"),
            "model/a/kernel/.OPTIMIZER_SLOT/optimizer/v");
}

TEST_F(PlanCopyTest, TakesThePairsOfAMapInAnySpelling) {
  for (const std::string& spelling :
       {std::string("model/a/kernel"), "model/a/kernel" + std::string(kEnd),
        std::string("(root).model.a.kernel"), std::string("net/a/kernel"),
        std::string("net/a/kernel:0")}) {
    EXPECT_EQ(NamesOf(Make(Mapping({{spelling, "new/w"}}))).at("model/a/kernel"), "new/w")
        << spelling;
  }
}

TEST_F(PlanCopyTest, RewritesByPatternAndPrefix) {
  CopyRules rules;
  rules.regex = {{"^model/(a|b)/", "layer_\\1/"}};
  rules.add_prefix = "top/";
  const Names names = NamesOf(Make(rules));
  EXPECT_EQ(names.at("model/b/bias"), "top/layer_b/bias");
  rules = {};
  rules.strip_prefix = "model";
  EXPECT_EQ(NamesOf(Make(rules)).at("model/b/bias"), "b/bias");
}

TEST_F(PlanCopyTest, RefusesTwoEntriesOfOneName) {
  const auto plan = Try(Mapping({{"model/a/", "model/b/"}}));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kUnmet);
  EXPECT_NE(plan.error().ToString().find("model/b/kernel"), std::string::npos)
      << plan.error().ToString();
}

TEST_F(PlanCopyTest, SaysWhichRulesFoundNothing) {
  CopyRules rules = Mapping({{"modle/", "net/"}});
  rules.select.exclude = {"**/gamma"};
  rules.cast = {{DType::kFloat64, DType::kFloat32}};
  const CopyPlan plan = Make(rules);
  const Status status = plan.Check();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "edit/rules");
  const std::string text = status.error().ToString(Face::kCommand);
  EXPECT_NE(text.find("--map 'modle/=>net/'"), std::string::npos) << text;
  EXPECT_NE(text.find("'**/gamma'"), std::string::npos) << text;
  EXPECT_NE(text.find("float64=>float32"), std::string::npos) << text;
  rules.allow_unused_rules = true;
  EXPECT_TRUE(Make(rules).Check());
}

TEST_F(PlanCopyTest, RefusesToCopyNothing) {
  const CopyPlan plan = Make(Choosing({.exclude = {"**"}}));
  const Status status = plan.Check();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "edit/nothing");
}

TEST_F(PlanCopyTest, CastsNumbersButNoCounters) {
  CopyRules rules;
  rules.cast = {{DType::kFloat32, DType::kBfloat16}, {DType::kInt64, DType::kInt32}};
  rules.allow_unused_rules = true;
  const CopyPlan plan = Make(rules);
  for (const CopiedEntry& entry : plan.entries) {
    if (entry.from == "_CHECKPOINTABLE_OBJECT_GRAPH") continue;
    const bool counter =
        entry.from.starts_with("save_counter") || entry.from.starts_with("optimizer/iter");
    EXPECT_EQ(entry.spec.dtype == DType::kInt64, counter) << entry.from;
    EXPECT_NE(entry.spec.dtype, DType::kFloat32) << entry.from;
  }
}

TEST_F(PlanCopyTest, CastsCountersThatAPatternNames) {
  const auto cast = [&](Selection selection) {
    CopyRules rules = Choosing(std::move(selection));
    rules.cast = {{DType::kInt64, DType::kInt32}};
    rules.allow_unused_rules = true;
    std::vector<std::string> names;
    for (const CopiedEntry& entry : Make(rules).entries) {
      if (entry.cast) names.push_back(Short(entry.from));
    }
    return names;
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(cast({.include = {"**"}}), Keys{});
  EXPECT_EQ(cast({.include = {"@optimizer", "optimizer/**", "optimizer/*"}}), Keys{});
  EXPECT_EQ(cast({.include = {"**", "optimizer/iter"}}), Keys{"optimizer/iter"});
  EXPECT_EQ(cast({.include = {"**/it*"}}), Keys{"optimizer/iter"});
  EXPECT_EQ(cast({.include = {"**"}, .include_regex = {"^save_"}}), Keys{"save_counter"});
  EXPECT_EQ(cast({.only = {{"save_counter"}}}), Keys{"save_counter"});
}

TEST_F(PlanCopyTest, TakesSlotsForTheirOptimizers) {
  CopyRules rules;
  rules.drop = {"optimizer/**"};
  EXPECT_EQ(NamesOf(Make(rules)), NamesOf(Make(Choosing({.exclude = {"@optimizer"}}))));
  rules.drop = {"optimizer/m/**"};
  const Names names = NamesOf(Make(rules));
  EXPECT_FALSE(names.contains("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m"));
  EXPECT_TRUE(names.contains("model/a/kernel/.OPTIMIZER_SLOT/optimizer/v"));
}

TEST_F(PlanCopyTest, SaysThatOnlyCountersAreOfAType) {
  CopyRules rules;
  rules.cast = {{DType::kInt64, DType::kInt32}};
  const CopyPlan plan = Make(rules);
  ASSERT_EQ(plan.rules.size(), 1u);
  EXPECT_TRUE(plan.rules[0].problem);
  EXPECT_NE(plan.rules[0].advice.find("only counters"), std::string::npos);
}

TEST_F(PlanCopyTest, CallsDropsWhatTheyAreCalled) {
  CopyRules rules = Choosing({.exclude = {"**/bias"}});
  rules.drop = {"@optimizer", "nowhere/**"};
  rules.allow_unused_rules = true;
  const CopyPlan plan = Make(rules);
  std::map<std::string, std::size_t> matched;
  for (const PlannedRule& row : plan.rules)
    matched[Spelled(row.rule, Face::kCommand)] = row.matched;
  EXPECT_EQ(matched,
            (std::map<std::string, std::size_t>{
                {"--drop @optimizer", 6}, {"--drop 'nowhere/**'", 0}, {"--exclude '**/bias'", 2}}));
  for (const LeftOutEntry& entry : plan.left_out) {
    const bool weights = entry.cls == EntryClass::kWeights;
    const Setting rule =
        weights ? Setting{Option::kExclude, "**/bias"} : Setting{Option::kDrop, "@optimizer"};
    EXPECT_EQ(entry.rules, std::vector{rule}) << entry.key;
  }
  rules.allow_unused_rules = false;
  EXPECT_EQ(Make(rules).Check().error().code, ErrorCode::kNotFound);
}

TEST_F(PlanCopyTest, TellsRulesThatChangeNothingApart) {
  CopyRules rules = Mapping({{"model/a/kernel", "model/a/kernel"}, {"nowhere", "x"}});
  const Status status = Make(rules).Check();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnmet);
  EXPECT_EQ(status.error().message, "1 rule matches nothing, 1 rule changes nothing");
}

TEST_F(PlanCopyTest, ChecksADestinationAsTheCopyDoes) {
  const CopyPlan plan = Make({});
  const EditSource source{&*reader_};
  const auto slug = [&](const std::string& prefix, const EditOptions& options, bool linked) {
    const Status status = CheckCopy({&source, 1}, plan, prefix, options, linked);
    return status ? std::string() : status.error().slug;
  };
  EXPECT_EQ(slug(folder_ / "b", {}, false), "");
  EXPECT_EQ(slug(folder_ / "a", {}, false), "edit/onto-source");
  EXPECT_EQ(slug(folder_ / "b.index", {}, false), "checkpoint/bad-prefix");
  EXPECT_EQ(slug("", {}, false), "checkpoint/bad-prefix");
  EXPECT_EQ(slug(folder_ / "b", {.shards = 2}, true), "edit/cannot-link");
  EXPECT_EQ(slug(folder_ / "b", {.shards = 2}, false), "");
}

TEST_F(PlanCopyTest, StoresEntriesInTheOrderOfTheSource) {
  const CopyPlan plan = Make(Mapping({{"model/a/", "z/"}}));
  std::vector<std::uint64_t> offsets;
  for (const CopiedEntry& entry : plan.entries) {
    offsets.push_back(reader_->StoredAt(*reader_->Find(entry.from)).offset);
  }
  EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
}

TEST_F(PlanCopyTest, JoinsSourcesBelowScopes) {
  Trained(100).WriteTo(folder_ / "b");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const std::vector<EditSource> sources = {{&a, "", "enc/"}, {&b, "model/", "gen/"}};
  const auto plan = PlanCopy(sources, {});
  ASSERT_TRUE(plan) << plan.error().ToString();
  std::map<std::pair<std::size_t, std::string>, std::string> names;
  for (const CopiedEntry& entry : plan->entries) {
    names[{entry.source, Short(entry.from)}] = Short(entry.key);
  }
  EXPECT_EQ((names.at({0, "model/a/kernel"})), "enc/model/a/kernel");
  EXPECT_EQ((names.at({0, "optimizer/iter"})), "enc/optimizer/iter");
  EXPECT_EQ((names.at({1, "model/a/kernel"})), "gen/a/kernel");
  EXPECT_FALSE(names.contains({1, "optimizer/iter"}));
  EXPECT_FALSE(names.contains({0, "save_counter"}));
  EXPECT_TRUE(plan->Check());
}

TEST_F(PlanCopyTest, RefusesSourcesThatCollide) {
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "a");
  const std::vector<EditSource> sources = {{&a}, {&b}};
  const auto plan = PlanCopy(sources, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kUnmet);
}

TEST_F(PlanCopyTest, RefusesAFileOfNamesBesideOneOfObjects) {
  CheckpointFolder::Small().WriteTo(folder_ / "names");
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "names");
  const std::vector<EditSource> sources = {{&a, "", "x/"}, {&b, "", "y/"}};
  const auto plan = PlanCopy(sources, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().slug, "edit/mixed-kinds");
}

TEST_F(PlanCopyTest, RenamesInFilesOfNamesWithTheSlots) {
  TinyBundle()
      .AddFloats("bert/dense/kernel", {2}, {1, 2})
      .AddFloats("bert/dense/kernel/Adam", {2}, {3, 4})
      .AddFloats("beta1_power", {}, {0.5f})
      .WriteTo(folder_ / "names");
  EXPECT_EQ(NamesOf(Make(Mapping({{"bert/dense/kernel:0", "w"}}), "names")),
            (Names{{"bert/dense/kernel", "w"},
                   {"bert/dense/kernel/Adam", "w/Adam"},
                   {"beta1_power", "beta1_power"}}));
  EXPECT_EQ(NamesOf(Make(Mapping({{"bert/", "/"}}), "names")).at("bert/dense/kernel/Adam"),
            "dense/kernel/Adam");
}

TEST_F(PlanCopyTest, DoesNotDependOnTheOrderOfRules) {
  CopyRules one = Mapping({{"model/a/", "x/"}, {"model/b/", "y/"}});
  one.select.exclude = {"optimizer/**", "save_counter"};
  CopyRules two = Mapping({{"model/b/", "y/"}, {"model/a/", "x/"}});
  two.select.exclude = {"save_counter", "optimizer/**"};
  EXPECT_EQ(Make(one), Make(two));
}

}  // namespace
}  // namespace regraft
