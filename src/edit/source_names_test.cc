#include "edit/source_names.h"

#include <gtest/gtest.h>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/rules.h"

namespace regraft::edit {
namespace {

using testing::TinyBundle;
using testing::TinyGraph;

// A variable "v" and, behind "it" and "m/table", a place in a dataset and a table.
class SourceNamesTest : public ::testing::Test {
 protected:
  SourceNamesTest() {
    TinyGraph graph;
    TinyBundle bundle;
    bundle.AddFloats(graph.Key(graph.AddVariable(0, "v", "v", "v")), {}, {1});
    const auto add = [&](std::int32_t node, const std::string& name, const std::string& key) {
      graph.graph().nodes[static_cast<std::size_t>(node)].attributes.push_back({name, "", key});
    };
    add(graph.AddNode(0, "it"), "ITERATOR", "it/.ATTRIBUTES/ITERATOR");
    bundle.AddVariants("it/.ATTRIBUTES/ITERATOR_STATE", {1}, {"x"});
    add(graph.AddNode(graph.AddNode(0, "m"), "table"), "table", "m/table/.ATTRIBUTES/table");
    bundle.AddStrings("m/table/.ATTRIBUTES/table-keys", {1}, {"k"});
    bundle.AddFloats("m/table/.ATTRIBUTES/table-values", {1}, {2});
    bundle.SetGraph(graph).WriteTo(folder_ / "a");
  }

  // The keys after a copy by these pairs; and the slug of what was wrong.
  std::vector<std::string> Copied(std::vector<MapRule> map, std::string from = "",
                                  std::string to = "") {
    const CheckpointReader reader = Open(folder_ / "a");
    const EditSource source{&reader, std::move(from), std::move(to)};
    CopyRules rules;
    rules.map = std::move(map);
    const auto plan = PlanCopy({&source, 1}, rules);
    if (!plan) return {plan.error().slug};
    if (const Status status = plan->Check(); !status) return {status.error().slug};
    std::vector<std::string> keys;
    for (const CopiedEntry& entry : plan->entries) keys.push_back(entry.key);
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  testing::CheckpointFolder folder_;
};

using Keys = std::vector<std::string>;

TEST_F(SourceNamesTest, AKeyOfAFileOfNamesIsThatEntry) {
  const std::string longer = testing::ValueKey("w");
  TinyBundle().AddFloats("w", {}, {1}).AddFloats(longer, {}, {2}).WriteTo(folder_ / "a");
  EXPECT_EQ(Copied({{"w", "x"}}), (Keys{longer, "x"}));
  EXPECT_EQ(Copied({{longer, "x"}}), (Keys{"w", "x"}));
  EXPECT_EQ(Copied({{longer, testing::ValueKey("y")}, {"w", "z"}}),
            (Keys{testing::ValueKey("y"), "z"}));
}

TEST_F(SourceNamesTest, AScopeMovesTheObjectAtWhichItBegins) {
  const Keys moved = {"kept/it/.ATTRIBUTES/ITERATOR_STATE", "m/table/.ATTRIBUTES/table-keys",
                      "m/table/.ATTRIBUTES/table-values", "v/.ATTRIBUTES/VARIABLE_VALUE"};
  EXPECT_EQ(Copied({{"it/", "kept/it/"}}), moved);
  EXPECT_EQ(Copied({{"it", "kept/it"}}), moved);
  const std::string state = "it/.ATTRIBUTES/ITERATOR_STATE";
  EXPECT_EQ(Copied({{state, "kept/" + state}}), moved);
}

TEST_F(SourceNamesTest, ATableMovesAsOne) {
  const Keys moved = {"it/.ATTRIBUTES/ITERATOR_STATE", "t/.ATTRIBUTES/table-keys",
                      "t/.ATTRIBUTES/table-values", "v/.ATTRIBUTES/VARIABLE_VALUE"};
  EXPECT_EQ(Copied({{"m/table/", "t/"}}), moved);
  EXPECT_EQ(Copied({{"m/table", "t"}}), moved);
  EXPECT_EQ(Copied({{"m/", "t/"}})[1], "t/table/.ATTRIBUTES/table-keys");
}

TEST_F(SourceNamesTest, APairBeatsTheScope) {
  EXPECT_EQ(Copied({{"it/", "a/"}, {"it", "b"}}), Keys{"edit/rules"});  // Nothing is below it.
}

TEST_F(SourceNamesTest, ASourceCanBeSuchAnObjectAlone) {
  EXPECT_EQ(Copied({}, "it/", "x/"), Keys{"x/.ATTRIBUTES/ITERATOR_STATE"});
  EXPECT_EQ(Copied({}, "v/", "x/"), Keys{"edit/nothing"});  // A variable is not below itself.
}

TEST_F(SourceNamesTest, AScopeDoesNotMoveAVariableAtWhichItBegins) {
  EXPECT_EQ(Copied({{"v/", "w/"}}), Keys{"edit/rules"});
}

// The names of Trained()'s slots after a copy, or the slug of what was wrong.
std::vector<std::string> Slots(CopyRules rules) {
  const testing::CheckpointFolder folder;
  Trained().WriteTo(folder / "a");
  const CheckpointReader reader = Open(folder / "a");
  const EditSource source{&reader};
  const auto plan = PlanCopy({&source, 1}, rules);
  if (!plan) return {plan.error().slug};
  if (const Status status = plan->Check(); !status) return {status.error().slug};
  std::vector<std::string> keys;
  for (const CopiedEntry& entry : plan->entries) {
    if (entry.from.find("/.OPTIMIZER_SLOT/") == std::string::npos) continue;
    keys.push_back(entry.key.substr(0, entry.key.find("/.ATTRIBUTES/")));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(SourceNames, ARuleThatNamesASlotTakesItFromItsOptimizer) {
  const std::string slot = "model/a/kernel/.OPTIMIZER_SLOT/optimizer/m";
  CopyRules rules;
  rules.map = {{slot, "moments/a"}};
  EXPECT_EQ(Slots(rules), (Keys{"model/a/kernel/.OPTIMIZER_SLOT/optimizer/v",
                                "model/b/kernel/.OPTIMIZER_SLOT/optimizer/m",
                                "model/b/kernel/.OPTIMIZER_SLOT/optimizer/v", "moments/a"}));
  rules.map = {{"model/", "net/"}};
  rules.regex = {{"/.OPTIMIZER_SLOT/optimizer/", "/"}};
  EXPECT_EQ(Slots(rules),
            (Keys{"net/a/kernel/m", "net/a/kernel/v", "net/b/kernel/m", "net/b/kernel/v"}));
}

TEST(SourceNames, ARuleThatCannotRenameASlotChangesNothing) {
  CopyRules rules;
  rules.regex = {{"/optimizer/m$", "/optimizer/n"}};
  EXPECT_EQ(Slots(rules), Keys{"edit/rules"});
  rules.regex = {{"optimizer", "adam"}};  // It renames the optimizer.
  EXPECT_EQ(Slots(rules)[0], "model/a/kernel/.OPTIMIZER_SLOT/adam/m");
}

}  // namespace
}  // namespace regraft::edit
