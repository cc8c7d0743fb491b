// What the keywords of a Checkpoint mean, before any file is opened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "regraft/trackable.h"
#include "regraft/train.h"
#include "regraft/variable.h"

namespace regraft::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Object : Trackable {
  using Trackable::AddVariable;
  using Trackable::Track;
};

struct Net : Object {
  Net() {
    layer->AddVariable("kernel", kernel);
    layer->AddVariable("bias", bias);
    Track("dense1", layer);
  }
  Variable kernel{"net/dense1/kernel", {DType::kFloat32, Shape{2, 2}}};
  Variable bias{"net/dense1/bias", {DType::kFloat32, Shape{2}}};
  std::shared_ptr<Object> layer = std::make_shared<Object>();
};

std::vector<Target> TargetsOf(const Checkpoint& checkpoint) {
  const auto targets = checkpoint.Targets();
  EXPECT_TRUE(targets) << targets.error().ToString();
  return targets.value_or(std::vector<Target>{});
}

TEST(Checkpoint, TakesAListUnderAnyKeywordByThePathsOfItsVariables) {
  const Net net;
  const auto targets = TargetsOf(Checkpoint({{"whatever", net.trainable_variables()}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].name, "dense1/kernel");
  EXPECT_THAT(targets[0].paths, ElementsAre("dense1/kernel"));
  EXPECT_EQ(targets[0].root, RootPart::kAbsent);
  EXPECT_EQ(targets[0].full_name, "net/dense1/kernel");
  EXPECT_EQ(targets[0].mapped_from, "");
}

TEST(Checkpoint, TakesAKeywordForAVariableAsItsNameInTheFile) {
  const Net net;
  const auto targets =
      TargetsOf(Checkpoint({{"old_dense1/kernel:0", net.kernel}, {"old_dense1/bias:0", net.bias}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].mapped_from, "old_dense1/kernel:0");
  EXPECT_EQ(targets[0].name, "dense1/kernel");
  EXPECT_EQ(targets[1].mapped_from, "old_dense1/bias:0");
}

TEST(Checkpoint, TakesMapsOfNamesAsTheyAreOrUnderAKeyword) {
  const Net net;
  const std::map<std::string, Variable> map = {{"a", net.kernel}, {"b", net.bias}};
  const std::vector<std::pair<std::string, Variable>> pairs(map.begin(), map.end());
  EXPECT_EQ(TargetsOf(Checkpoint(map)), TargetsOf(Checkpoint({{"map", map}})));
  EXPECT_EQ(TargetsOf(Checkpoint(pairs)), TargetsOf(Checkpoint(map)));
  EXPECT_EQ(TargetsOf(Checkpoint(map))[0].mapped_from, "a");
}

TEST(Checkpoint, PutsAnObjectUnderItsKeyword) {
  Net net;
  const auto targets = TargetsOf(Checkpoint({{"model", net}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].name, "model/dense1/kernel");
  EXPECT_THAT(targets[0].paths, ElementsAre("model/dense1/kernel"));
  EXPECT_EQ(targets[0].root, RootPart::kFirst);
  EXPECT_EQ(TargetsOf(Checkpoint(net))[0].root, RootPart::kAbsent);
  EXPECT_EQ(TargetsOf(Checkpoint(net))[0].paths, net.Targets().value()[0].paths);
}

TEST(Checkpoint, KnowsAVariableOfTwoObjectsOnce) {
  Net net;
  const auto targets = TargetsOf(Checkpoint({{"model", net}, {"layer", net.layer}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_THAT(targets[0].paths, ElementsAre("model/dense1/kernel", "layer/kernel"));
}

TEST(Checkpoint, LetsAMapSayWhereAVariableOfAnObjectComesFrom) {
  Net net;
  const auto targets = TargetsOf(Checkpoint({{"model", net}, {"old/bias", net.bias}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[1].name, "model/dense1/bias");
  EXPECT_EQ(targets[1].mapped_from, "old/bias");
}

TEST(Checkpoint, KeepsTheNamesOfEqualModelsApart) {
  const Net a;
  const Net b;
  const auto targets = TargetsOf(Checkpoint({{"two", {a.kernel, b.kernel}}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_NE(targets[0].name, targets[1].name);
  EXPECT_EQ(targets[0].paths, targets[1].paths);
}

TEST(Checkpoint, ForgetsThePathsOfAModelThatDied) {
  auto net = std::make_unique<Net>();
  const Variable kernel = net->kernel;
  net.reset();
  const auto targets = TargetsOf(Checkpoint({{"list", {kernel}}}));
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_TRUE(targets[0].paths.empty());
  EXPECT_EQ(targets[0].name, "net/dense1/kernel");
}

TEST(Checkpoint, RefusesAnObjectThatDied) {
  auto net = std::make_unique<Net>();
  const Checkpoint checkpoint({{"model", *net}});
  net.reset();
  EXPECT_EQ(checkpoint.Targets().error().slug, "train/object-gone");
}

TEST(Checkpoint, RefusesAVariableGivenTwice) {
  const Net net;
  const Checkpoint list({{"list", {net.kernel, net.kernel}}});
  EXPECT_EQ(list.Targets().error().slug, "train/variable-twice");
  const Checkpoint names({{"a", net.kernel}, {"b", net.kernel}});
  const Error error = names.Targets().error();
  EXPECT_EQ(error.slug, "train/variable-twice");
  EXPECT_THAT(error.ToString(), HasSubstr("to be fed from 'b'"));
}

TEST(Checkpoint, RefusesEmptyListsAndMaps) {
  const Net net;
  const std::vector<Variable> none;
  const Error list = Checkpoint({{"vars", none}, {"k", net.kernel}}).Targets().error();
  EXPECT_EQ(list.slug, "select/empty-list");
  EXPECT_THAT(list.message, HasSubstr("the list of variables under 'vars' is empty"));
  const std::map<std::string, Variable> nothing;
  EXPECT_EQ(Checkpoint(nothing).Targets().error().slug, "select/empty-list");
  EXPECT_EQ(Checkpoint({}).Targets().error().slug, "select/empty-list");
}

TEST(Checkpoint, RefusesAnEmptyNameAndAVariableThatDoesNotExist) {
  const Net net;
  EXPECT_EQ(Checkpoint({{"", net.kernel}}).Targets().error().slug, "train/empty-name");
  const Checkpoint absent({{"list", {Variable::Absent("Dense/kernel")}}});
  EXPECT_EQ(absent.Targets().error().slug, "train/not-built");
}

TEST(Checkpoint, RefusesNoPathInsteadOfDoingNothing) {
  const Net net;
  Checkpoint checkpoint({{"list", net.variables()}});
  for (const std::optional<std::string>& path : {std::optional<std::string>(), {""}}) {
    const auto report = checkpoint.Restore(path);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().slug, "train/no-path");
    EXPECT_THAT(report.error().ToString(), HasSubstr("restore(None)"));
  }
  EXPECT_EQ(checkpoint.Read(std::nullopt).error().slug, "train/no-path");
}

}  // namespace
}  // namespace regraft::train
