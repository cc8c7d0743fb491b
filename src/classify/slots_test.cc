#include "classify/slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "classify/classify.h"
#include "object_graph/test_programs.h"
#include "regraft/entry.h"
#include "regraft/naming.h"

namespace regraft::classify {
namespace {

using object_graph::Program;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "momentum of model/a/kernel: m/a/kernel" for each slot, by full names, in the order of keys.
std::vector<std::string> SlotsOf(const Program& program) {
  const ObjectGraph graph = program.Graph();
  std::vector<Entry> entries;
  for (const ObjectGraph::Place place : graph.by_key()) {
    Entry entry;
    entry.key = graph.At(place).checkpoint_key;
    entry.full_name = graph.At(place).full_name;
    entry.spec = {DType::kFloat32, {2}};
    entry.paths = graph.PathsTo(place.node);
    entries.push_back(std::move(entry));
  }
  const std::vector<Owner> owners = OwnersOf(graph, entries);
  ClassifyByGraph(graph, owners, entries);
  LinkSlots(graph, owners, entries);
  std::vector<std::string> out;
  for (const Entry& entry : entries) {
    if (entry.slot.empty()) continue;
    EXPECT_EQ(entry.optimizer, "optimizer");
    std::string of = "?";
    for (const Entry& other : entries) {
      if (other.key == entry.slot_of) of = other.full_name;
    }
    out.push_back(entry.slot + " of " + of + ": " + entry.full_name);
  }
  return out;
}

// A model of variables called so, and an optimizer that counts its steps.
struct Trained {
  Program program;
  std::int32_t optimizer;
  std::vector<std::int32_t> variables;

  explicit Trained(const std::vector<std::string>& names) {
    const std::int32_t model = program.Object(0, "model");
    for (std::size_t i = 0; i < names.size(); ++i) {
      variables.push_back(program.Variable(model, "v" + std::to_string(i), names[i]));
    }
    optimizer = program.Object(0, "optimizer");
    program.Variable(optimizer, "_iterations", "adam/iteration");
    program.Variable(optimizer, "_learning_rate", "adam/learning_rate");
  }
  void List(const std::string& edge, const std::vector<std::string>& names) {
    const std::int32_t list = program.Object(optimizer, edge);
    for (std::size_t i = 0; i < names.size(); ++i) {
      program.Variable(list, std::to_string(i), names[i]);
    }
  }
  void ListVariables() {
    const std::int32_t list = program.Object(optimizer, "_trainable_variables");
    for (std::size_t i = 0; i < variables.size(); ++i) {
      program.Edge(list, std::to_string(i), variables[i]);
    }
  }
};

TEST(Slots, OfTheOlderKindAreToldByTheGraph) {
  Trained trained({"a/kernel", "b/kernel"});
  trained.program.Slot(trained.optimizer, trained.variables[1], "m", "Adam/b/kernel/m");
  EXPECT_THAT(SlotsOf(trained.program), ElementsAre("m of b/kernel: Adam/b/kernel/m"));
}

TEST(Slots, OfKeras3AreInTheOrderOfTheListedVariables) {
  Trained trained({"net/kernel", "net/kernel_1"});
  trained.ListVariables();
  trained.List("_momentums", {"first", "second"});
  EXPECT_THAT(SlotsOf(trained.program),
              ElementsAre("momentum of net/kernel: first", "momentum of net/kernel_1: second"));
}

TEST(Slots, OfKeras2ListsAreToldByTheirNames) {
  Trained trained({"a/kernel", "b/kernel", "frozen/kernel"});
  trained.List("_velocities", {"v/b/kernel", "v/a/kernel"});
  EXPECT_THAT(SlotsOf(trained.program),
              ElementsAre("velocity of b/kernel: v/b/kernel", "velocity of a/kernel: v/a/kernel"));
}

TEST(Slots, OfANameThatTwoVariablesBearHaveNoOwner) {
  Trained trained({"dense/kernel", "dense/kernel"});
  trained.List("_momentums", {"m/dense/kernel", "m/dense/kernel"});
  EXPECT_THAT(SlotsOf(trained.program),
              ElementsAre("momentum of ?: m/dense/kernel", "momentum of ?: m/dense/kernel"));
}

TEST(Slots, OfAListOfAnotherLengthThanTheVariablesAreNotCountedOff) {
  Trained trained({"a/kernel", "b/kernel"});
  trained.ListVariables();
  trained.List("_momentums", {"one"});
  EXPECT_THAT(SlotsOf(trained.program), ElementsAre("momentum of ?: one"));
}

TEST(Slots, OfAdafactorAreRowsColumnsAndTheVelocity) {
  Trained trained({"net/a/kernel", "net/b/kernel"});
  trained.ListVariables();
  trained.List("_variables",
               {"adafactor/kernel", "adafactor/kernel", "adafactor/net_a_kernel_velocity",
                "adafactor/kernel", "adafactor/kernel", "adafactor/net_b_kernel_velocity"});
  EXPECT_THAT(
      SlotsOf(trained.program),
      ElementsAre("r of net/a/kernel: adafactor/kernel", "c of net/a/kernel: adafactor/kernel",
                  "v of net/a/kernel: adafactor/net_a_kernel_velocity",
                  "r of net/b/kernel: adafactor/kernel", "c of net/b/kernel: adafactor/kernel",
                  "v of net/b/kernel: adafactor/net_b_kernel_velocity"));
}

TEST(Slots, OfMuonHaveTheFlatNamesOfTheirVariables) {
  Trained trained({"net/a/kernel", "net/a/bias"});
  trained.ListVariables();
  trained.List("_variables", {"muon/net_a_kernel_momentum", "muon/net_a_bias_momentum",
                              "muon/net_a_bias_velocity"});
  EXPECT_THAT(SlotsOf(trained.program),
              ElementsAre("momentum of net/a/kernel: muon/net_a_kernel_momentum",
                          "momentum of net/a/bias: muon/net_a_bias_momentum",
                          "velocity of net/a/bias: muon/net_a_bias_velocity"));
}

TEST(Slots, AModelWithoutAnOptimizerHasNone) {
  Program program;
  program.Variable(program.Object(0, "model"), "kernel", "a/kernel");
  EXPECT_THAT(SlotsOf(program), IsEmpty());
}

TEST(Slots, AreCalledAlikeWhateverTheListIsCalled) {
  const std::pair<const char*, const char*> kNames[] = {{"_momentums", "momentum"},
                                                        {"_velocities", "velocity"},
                                                        {"adam_velocities", "velocity"},
                                                        {"_accumulators", "accumulator"},
                                                        {"_velocity_hats", "velocity_hat"},
                                                        {"_m", "m"},
                                                        {"_s", "s"},
                                                        {"_average_gradients", "average_gradient"}};
  for (const auto& [list, slot] : kNames) EXPECT_EQ(SlotNameOf(list), slot);
}

TEST(Slots, OfANamedFileAreToldByWhatTheirNamesBeginWith) {
  std::vector<Entry> entries(3);
  entries[0].key = "dense/kernel";
  entries[1].key = "dense/kernel/Adam_1";
  entries[1].cls = EntryClass::kOptimizer;
  entries[2].key = "gone/kernel/Adam";
  entries[2].cls = EntryClass::kOptimizer;
  LinkSlotsByName(entries);
  EXPECT_EQ(entries[1].slot, "Adam_1");
  EXPECT_EQ(entries[1].slot_of, "dense/kernel");
  EXPECT_EQ(entries[2].slot_of, "");
}

}  // namespace
}  // namespace regraft::classify
