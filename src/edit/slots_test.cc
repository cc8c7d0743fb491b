#include "edit/slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"

namespace regraft::edit {
namespace {

using testing::CheckpointFolder;
using testing::TinyBundle;
using testing::TinyGraph;

std::vector<std::ptrdiff_t> SlotVariablesOf(const CheckpointReader& reader) {
  const ObjectGraph* graph = reader.object_graph();
  return SlotVariables(reader, graph != nullptr ? classify::OwnersOf(*graph, reader.entries())
                                                : std::vector<classify::Owner>());
}

// Key of a slot to key of its variable.
std::map<std::string, std::string> Variables(const CheckpointReader& reader) {
  std::map<std::string, std::string> out;
  const std::vector<std::ptrdiff_t> variables = SlotVariablesOf(reader);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (variables[i] < 0) continue;
    out[reader.entries()[i].key] = reader.entries()[static_cast<std::size_t>(variables[i])].key;
  }
  return out;
}

constexpr const char* kEnd = "/.ATTRIBUTES/VARIABLE_VALUE";

TEST(SlotVariables, ReadsTheSlotsOfTheGraph) {
  const CheckpointFolder folder;
  Trained().WriteTo(folder / "ckpt");
  const auto variables = Variables(Open(folder / "ckpt"));
  ASSERT_EQ(variables.size(), 4u);
  EXPECT_EQ(variables.at(std::string("model/b/kernel/.OPTIMIZER_SLOT/optimizer/v") + kEnd),
            std::string("model/b/kernel") + kEnd);
}

// Keras 3: the optimizer holds its variables in one list and each kind of slot in another.
TEST(SlotVariables, FollowsTheOrderOfKerasLists) {
  const CheckpointFolder folder;
  TinyGraph graph;
  TinyBundle bundle;
  const auto add = [&](std::int32_t parent, const std::string& edge, const std::string& path) {
    const std::int32_t node = graph.AddVariable(parent, edge, path, "kernel");
    bundle.AddFloats(graph.Key(node), {2}, {1, 2});
    return node;
  };
  const std::int32_t model = graph.AddNode(0, "model");
  const std::int32_t optimizer = graph.AddNode(0, "optimizer");
  const std::int32_t all = graph.AddNode(optimizer, "_variables");
  const std::int32_t trainable = graph.AddNode(optimizer, "_trainable_variables");
  const std::int32_t momentums = graph.AddNode(optimizer, "_momentums");
  const std::int32_t iterations =
      graph.AddVariable(optimizer, "_iterations", "optimizer/_iterations", "iteration");
  bundle.AddInt64s(graph.Key(iterations), {}, {3});
  const std::int32_t rate =
      graph.AddVariable(optimizer, "_learning_rate", "optimizer/_learning_rate", "learning_rate");
  bundle.AddFloats(graph.Key(rate), {}, {0.5f});
  graph.AddEdge(all, "0", iterations).AddEdge(all, "1", rate);
  for (int i = 0; i < 12; ++i) {  // "10" stands before "2" as text.
    const std::string n = std::to_string(i);
    const std::int32_t variable = add(model, "v" + n, "model/v" + n);
    graph.AddEdge(trainable, n, variable);
    const std::int32_t slot =
        add(all, std::to_string(i + 2), "optimizer/_variables/" + std::to_string(i + 2));
    graph.AddEdge(momentums, n, slot);
  }
  bundle.SetGraph(graph).WriteTo(folder / "ckpt");
  const auto variables = Variables(Open(folder / "ckpt"));
  ASSERT_EQ(variables.size(), 12u);
  EXPECT_EQ(variables.at(std::string("optimizer/_variables/12") + kEnd),
            std::string("model/v10") + kEnd);
  EXPECT_EQ(variables.at(std::string("optimizer/_variables/4") + kEnd),
            std::string("model/v2") + kEnd);
}

TEST(SlotVariables, ReadsNamesInFilesOfNames) {
  const CheckpointFolder folder;
  TinyBundle()
      .AddFloats("dense/kernel", {2}, {1, 2})
      .AddFloats("dense/kernel/Adam", {2}, {1, 2})
      .AddFloats("dense/kernel/Adam_1", {2}, {1, 2})
      .AddFloats("dense/kernel/ExponentialMovingAverage", {2}, {1, 2})
      .AddFloats("beta1_power", {}, {1})
      .WriteTo(folder / "ckpt");
  const auto variables = Variables(Open(folder / "ckpt"));
  ASSERT_EQ(variables.size(), 3u);
  for (const auto& [slot, variable] : variables) EXPECT_EQ(variable, "dense/kernel") << slot;
}

// Keras 2: slots are told by names, which unnamed variables share.
TEST(SlotVariables, SaysWhereANameWouldDoForSeveral) {
  const CheckpointFolder folder;
  TinyGraph graph;
  TinyBundle bundle;
  const auto add = [&](std::int32_t parent, const std::string& edge, const std::string& path,
                       const std::string& name) {
    bundle.AddFloats(graph.Key(graph.AddVariable(parent, edge, path, name)), {2}, {1, 2});
  };
  add(0, "a", "a", "kernel");
  add(0, "b", "b", "kernel");
  add(0, "c", "c", "named");
  const std::int32_t optimizer = graph.AddNode(0, "opt");
  const std::int32_t all = graph.AddNode(optimizer, "_variables");
  const std::int32_t step =
      graph.AddVariable(optimizer, "_iterations", "opt/_iterations", "iteration");
  bundle.AddInt64s(graph.Key(step), {}, {3});
  graph.AddEdge(all, "0", step);
  add(all, "1", "opt/_variables/1", "Adam/m/kernel");
  add(all, "2", "opt/_variables/2", "Adam/m/kernel");
  add(all, "3", "opt/_variables/3", "Adam/m/named");
  bundle.SetGraph(graph).WriteTo(folder / "ckpt");
  const CheckpointReader reader = Open(folder / "ckpt");
  const std::vector<std::ptrdiff_t> variables = SlotVariablesOf(reader);
  EXPECT_EQ(std::count(variables.begin(), variables.end(), kSeveralVariables), 2);
  EXPECT_EQ(Variables(reader).size(), 1u);

  const EditSource source{&reader};
  CopyRules rules;
  rules.select.exclude = {"b"};
  const auto plan = PlanCopy({&source, 1}, rules);
  ASSERT_TRUE(plan) << plan.error().ToString();
  ASSERT_EQ(plan->notes.size(), 1u);
  EXPECT_NE(plan->notes[0].find("'Adam/m/kernel'"), std::string::npos) << plan->notes[0];
  rules.select.exclude = {"@optimizer"};
  EXPECT_TRUE(PlanCopy({&source, 1}, rules)->notes.empty());
}

}  // namespace
}  // namespace regraft::edit
