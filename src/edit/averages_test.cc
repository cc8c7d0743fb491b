#include "edit/averages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/entry.h"

namespace regraft::edit {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TinyBundle;
using testing::TinyGraph;

// Whose value each name of a copy has, without the endings of keys.
using Values = std::map<std::string, std::string>;

class AveragesTest : public ::testing::Test {
 protected:
  std::int32_t Add(std::int32_t parent, const std::string& edge, const std::string& path,
                   const std::string& full_name, Shape shape = {2}) {
    const std::int32_t node = graph_.AddVariable(parent, edge, path, full_name);
    const auto count = static_cast<std::size_t>(shape.num_elements());
    bundle_.AddFloats(graph_.Key(node), std::move(shape), std::vector<float>(count, next_++));
    return node;
  }
  void AddNames(const std::vector<std::string>& names) {
    for (const std::string& name : names) bundle_.AddFloats(name, {2}, {next_++, 0});
  }
  // An object that averages, as Sonnet has it.
  void AddMovingAverage(std::int32_t parent, const std::string& edge, const std::string& path,
                        Shape shape = {2}) {
    const std::int32_t node = graph_.AddNode(parent, edge);
    Add(node, "_hidden", path + "/_hidden", "hidden", shape);
    Add(node, "average", path + "/average", "average", shape);
    const std::int32_t counter =
        graph_.AddVariable(node, "_counter", path + "/_counter", "counter");
    bundle_.AddInt64s(graph_.Key(counter), {}, {3});
  }

  Result<CopyPlan> Plan(CopyRules rules = {}) {
    if (!graph_.graph().nodes[0].children.empty()) bundle_.SetGraph(graph_);
    bundle_.WriteTo(folder_ / "a");
    reader_.emplace(Open(folder_ / "a"));
    rules.ema_into_weights = true;
    const EditSource source{&*reader_};
    return PlanCopy({&source, 1}, rules);
  }
  Values Copied(CopyRules rules = {}) {
    const auto plan = Plan(std::move(rules));
    if (!plan) return {{plan.error().slug, plan.error().message}};
    if (const Status status = plan->Check(); !status) return {{status.error().slug, ""}};
    Values values;
    const auto text = [](const std::string& key) { return key.substr(0, key.find("/.ATTR")); };
    for (const CopiedEntry& entry : plan->entries) {
      if (!entry.from.starts_with("_CHECKPOINTABLE")) values[text(entry.key)] = text(entry.from);
    }
    return values;
  }
  std::vector<std::string> Refused(CopyRules rules = {}) {
    const auto plan = Plan(std::move(rules));
    if (plan) return {};
    EXPECT_EQ(plan.error().slug, "edit/averages");
    EXPECT_EQ(plan.error().code, ErrorCode::kUnmet);
    std::vector<std::string> details;
    for (const Error::Detail& detail : plan.error().details) {
      details.push_back(detail.label + ": " + detail.text);
    }
    return details;
  }

  const testing::CheckpointFolder folder_;
  TinyGraph graph_;
  TinyBundle bundle_;
  float next_ = 1;
  std::optional<CheckpointReader> reader_;
};

TEST_F(AveragesTest, TakeThePlaceOfVariablesInAFileOfNames) {
  AddNames({"a/k", "a/k/Adam", "a/k/ExponentialMovingAverage", "b/k",
            "train/b/k/ExponentialMovingAverage"});
  EXPECT_EQ(Copied(), (Values{{"a/k", "a/k/ExponentialMovingAverage"},
                              {"a/k/Adam", "a/k/Adam"},
                              {"b/k", "train/b/k/ExponentialMovingAverage"}}));
  CopyRules rules;
  rules.select.classes = {EntryClass::kEma};
  rules.map = {{"a/", "net/"}};
  EXPECT_EQ(Copied(rules), (Values{{"net/k", "a/k/ExponentialMovingAverage"},
                                   {"b/k", "train/b/k/ExponentialMovingAverage"}}));
  rules.select.classes = {EntryClass::kWeights};
  rules.map = {};
  rules.select.exclude = {"b/k"};
  EXPECT_EQ(Copied(rules), (Values{{"a/k", "a/k/ExponentialMovingAverage"}}));
}

TEST_F(AveragesTest, AreCopiedAsValues) {
  AddNames({"a/k", "a/k/ExponentialMovingAverage"});
  const auto plan = Plan();
  ASSERT_TRUE(plan) << plan.error().ToString();
  ASSERT_EQ(plan->left_out.size(), 1u);
  EXPECT_EQ(plan->left_out[0].key, "a/k");
  EXPECT_EQ(plan->left_out[0].rules, std::vector<Setting>{{Option::kEmaIntoWeights}});
  const EditSource source{&*reader_};
  ASSERT_TRUE(Copy({&source, 1}, *plan, folder_ / "b"));
  const CheckpointReader copied = Open(folder_ / "b");
  EXPECT_EQ(Keys(copied), std::vector<std::string>{"a/k"});
  EXPECT_EQ(Floats(copied, "a/k"), Floats(*reader_, "a/k/ExponentialMovingAverage"));
  EXPECT_EQ(Copied({.select = {.exclude = {"**"}}}), (Values{{"edit/rules", ""}}));
}

TEST_F(AveragesTest, AreRefusedWhereTheyAreNoneOrTwo) {
  AddNames({"a/k", "a/k/ExponentialMovingAverage", "a/k/ExponentialMovingAverage_1", "b/k"});
  bundle_.AddInt64s("step_of_mine", {2}, {1, 2});
  EXPECT_EQ(Refused(), (std::vector<std::string>{"no average: b/k",
                                                 "several: a/k: a/k/ExponentialMovingAverage, "
                                                 "a/k/ExponentialMovingAverage_1"}));
  EXPECT_EQ(Copied({.select = {.exclude = {"b/k", "**/ExponentialMovingAverage_1"}}}),
            (Values{{"a/k", "a/k/ExponentialMovingAverage"}, {"step_of_mine", "step_of_mine"}}));
  EXPECT_EQ(Copied({.select = {.include = {"step_of_mine"}}}), (Values{{"edit/rules", ""}}));
}

TEST_F(AveragesTest, AreNotAskedForWhatIsLeftOut) {
  AddNames({"a/k", "a/k/ExponentialMovingAverage", "b/[k]", "c/k"});
  const auto refused = Plan();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().HintText(Face::kCommand),
            R"(--exclude '{b/\[k\],c/k}'  leaves out what has no average)");
  EXPECT_EQ(Copied({.select = {.exclude = {R"({b/\[k\],c/k})"}}}),
            (Values{{"a/k", "a/k/ExponentialMovingAverage"}}));
}

TEST_F(AveragesTest, LeaveStatisticsAlone) {
  AddNames({"bn/beta", "bn/beta/ExponentialMovingAverage", "bn/moving_mean", "bn/moving_variance",
            "bn/moving_mean/ExponentialMovingAverage"});
  EXPECT_EQ(Copied(), (Values{{"bn/beta", "bn/beta/ExponentialMovingAverage"},
                              {"bn/moving_mean", "bn/moving_mean/ExponentialMovingAverage"},
                              {"bn/moving_variance", "bn/moving_variance"}}));
}

// Keras 3: lists in the order of the variables.
TEST_F(AveragesTest, OfKerasOptimizersAreThoseOfTheirLists) {
  const std::int32_t model = graph_.AddNode(0, "model");
  const std::int32_t optimizer = graph_.AddNode(0, "optimizer");
  const std::int32_t list = graph_.AddNode(optimizer, "_trainable_variables");
  const std::int32_t averages = graph_.AddNode(optimizer, "_model_variables_moving_average");
  const std::int32_t iterations =
      graph_.AddVariable(optimizer, "_iterations", "optimizer/_iterations", "iterations");
  bundle_.AddInt64s(graph_.Key(iterations), {}, {4});
  Add(optimizer, "_learning_rate", "optimizer/_learning_rate", "rate", {});
  const std::int32_t b = Add(model, "b", "model/b", "kernel"),
                     a = Add(model, "a", "model/a", "kernel");
  graph_.AddEdge(list, "0", a);
  graph_.AddEdge(list, "1", b);
  const std::string path = "optimizer/_model_variables_moving_average/";
  Add(averages, "0", path + "0", "average");
  Add(averages, "1", path + "1", "average");
  const Values values = Copied({.drop = {"@optimizer"}});
  EXPECT_EQ(values, (Values{{"model/a", path + "0"}, {"model/b", path + "1"}}));
}

// tf.train.ExponentialMovingAverage names what a program then holds in an attribute.
TEST_F(AveragesTest, AreThoseOfTheirOwnName) {
  const std::int32_t model = graph_.AddNode(0, "model");
  Add(model, "w", "model/w", "dense/kernel");
  Add(0, "smooth", "smooth", "dense/kernel/ExponentialMovingAverage");
  EXPECT_EQ(Copied(), (Values{{"model/w", "smooth"}}));
}

TEST_F(AveragesTest, OfObjectsAreThoseOfTheirPath) {
  const std::int32_t net = graph_.AddNode(0, "net"), ema = graph_.AddNode(0, "ema");
  for (const std::string layer : {"one", "two"}) {
    const std::int32_t in_net = graph_.AddNode(net, layer), in_ema = graph_.AddNode(ema, layer);
    Add(in_net, "w", "net/" + layer + "/w", "w");
    AddMovingAverage(in_ema, "w", "ema/" + layer + "/w");
    Add(in_net, "b", "net/" + layer + "/b", "b");
    AddMovingAverage(in_net, "b_ema", "net/" + layer + "/b_ema");
  }
  EXPECT_EQ(Copied(), (Values{{"net/one/w", "ema/one/w/average"},
                              {"net/two/w", "ema/two/w/average"},
                              {"net/one/b", "net/one/b_ema/average"},
                              {"net/two/b", "net/two/b_ema/average"}}));
}

TEST_F(AveragesTest, OfObjectsAreRefusedWherePathsDoNotTell) {
  const std::int32_t net = graph_.AddNode(0, "net"), ema = graph_.AddNode(0, "ema");
  for (const std::string layer : {"one", "two"}) {
    Add(graph_.AddNode(net, layer), "w", "net/" + layer + "/w", "w");
  }
  AddMovingAverage(ema, "w", "ema/w");
  const std::vector<std::string> details = Refused();
  EXPECT_THAT(details, Contains("no average: net/one/w (w)"));
  EXPECT_THAT(details, Contains(HasSubstr("average of an unknown variable: ema/w/average")));
}

TEST_F(AveragesTest, ThatAreNotThereAreSaidToBe) {
  AddNames({"a/k"});
  EXPECT_THAT(Refused(), Contains("no average: a/k"));
}

}  // namespace
}  // namespace regraft::edit
