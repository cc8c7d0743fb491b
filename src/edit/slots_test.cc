#include "edit/slots.h"

#include <gtest/gtest.h>

#include <map>

#include "edit/test_models.h"

namespace regraft::edit {
namespace {

using testing::CheckpointFolder;
using testing::TinyBundle;
using testing::TinyGraph;

// Key of a slot to key of its variable.
std::map<std::string, std::string> Owners(const CheckpointReader& reader) {
  std::map<std::string, std::string> out;
  const std::vector<std::ptrdiff_t> owners = SlotOwners(reader);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (owners[i] < 0) continue;
    out[reader.entries()[i].key] = reader.entries()[static_cast<std::size_t>(owners[i])].key;
  }
  return out;
}

constexpr const char* kEnd = "/.ATTRIBUTES/VARIABLE_VALUE";

TEST(SlotOwners, ReadsTheSlotsOfTheGraph) {
  const CheckpointFolder folder;
  Trained().WriteTo(folder / "ckpt");
  const auto owners = Owners(Open(folder / "ckpt"));
  ASSERT_EQ(owners.size(), 4u);
  EXPECT_EQ(owners.at(std::string("model/b/kernel/.OPTIMIZER_SLOT/optimizer/v") + kEnd),
            std::string("model/b/kernel") + kEnd);
}

// Keras 3: the optimizer holds its variables in one list and each kind of slot in another.
TEST(SlotOwners, FollowsTheOrderOfKerasLists) {
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
    const std::int32_t slot = add(all, std::to_string(i + 2), "optimizer/_variables/" + std::to_string(i + 2));
    graph.AddEdge(momentums, n, slot);
  }
  bundle.SetGraph(graph).WriteTo(folder / "ckpt");
  const auto owners = Owners(Open(folder / "ckpt"));
  ASSERT_EQ(owners.size(), 12u);
  EXPECT_EQ(owners.at(std::string("optimizer/_variables/12") + kEnd),
            std::string("model/v10") + kEnd);
  EXPECT_EQ(owners.at(std::string("optimizer/_variables/4") + kEnd),
            std::string("model/v2") + kEnd);
}

TEST(SlotOwners, ReadsNamesInFilesOfNames) {
  const CheckpointFolder folder;
  TinyBundle()
      .AddFloats("dense/kernel", {2}, {1, 2})
      .AddFloats("dense/kernel/Adam", {2}, {1, 2})
      .AddFloats("dense/kernel/Adam_1", {2}, {1, 2})
      .AddFloats("dense/kernel/ExponentialMovingAverage", {2}, {1, 2})
      .AddFloats("beta1_power", {}, {1})
      .WriteTo(folder / "ckpt");
  const auto owners = Owners(Open(folder / "ckpt"));
  ASSERT_EQ(owners.size(), 3u);
  for (const auto& [slot, variable] : owners) EXPECT_EQ(variable, "dense/kernel") << slot;
}

}  // namespace
}  // namespace regraft::edit
