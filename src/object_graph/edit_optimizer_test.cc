// Optimizers in edited graphs: slots that follow their variables, lists that close up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "object_graph/edit.h"
#include "object_graph/test_programs.h"

namespace regraft::object_graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Checkpoint(model, optimizer) with an optimizer of the older kind.
ObjectGraph WithSlots() {
  Program program;
  const auto model = program.Object(0, "model");
  const auto a = program.Variable(model, "a", "a");
  const auto b = program.Variable(model, "b", "b");
  const auto optimizer = program.Object(0, "optimizer");
  program.Variable(optimizer, "iter", "iter");
  program.Slot(optimizer, a, "m", "a_m");
  program.Slot(optimizer, b, "m", "b_m");
  program.Slot(optimizer, a, "v", "a_v");
  program.Slot(optimizer, b, "v", "b_v");
  return program.Graph();
}

// The same with one of Keras 2.11 and later, which keeps lists.
ObjectGraph WithLists(bool rate_in_variables) {
  Program program;
  const auto model = program.Object(0, "model");
  const auto optimizer = program.Object(0, "optimizer");
  const auto variables = program.Object(optimizer, "_variables");
  const auto trainable = program.Object(optimizer, "_trainable_variables");
  const auto iterations = program.Variable(optimizer, "_iterations", "iterations");
  const auto rate = program.Variable(optimizer, "_learning_rate", "rate");
  program.Object(optimizer, "_index_dict");
  const auto m = program.Object(optimizer, "_momentums");
  const auto v = program.Object(optimizer, "_velocities");
  int next = 0;
  const auto list = [&](std::int32_t node) {
    program.Edge(variables, std::to_string(next++), node);
  };
  list(iterations);
  if (rate_in_variables) list(rate);
  int number = 0;
  for (const char* name : {"a", "b", "c"}) {
    const std::string at = std::to_string(number++);
    program.Edge(trainable, at, program.Variable(model, name, name));
    list(program.Variable(m, at, std::string(name) + "_m"));
    list(program.Variable(v, at, std::string(name) + "_v"));
  }
  return program.Graph();
}

TEST(EditSlots, LeaveWithTheirVariable) {
  const ObjectGraph graph = WithSlots();
  const auto edited = EditOne(graph, AllBut(graph, {"b", "b_m", "b_v"}));
  EXPECT_THAT(SlotsIn(edited),
              ElementsAre("optimizer m of model/a: a_m", "optimizer v of model/a: a_v"));
  EXPECT_EQ(KeysIn(edited)["a_m"], "model/a/.OPTIMIZER_SLOT/optimizer/m");
  EXPECT_EQ(edited->nodes.size(), 7u);  // Root, model, a, optimizer, iter, two slots.
}

TEST(EditSlots, LeaveWithoutTheirVariable) {
  const ObjectGraph graph = WithSlots();
  const auto edited = EditOne(graph, Only(graph, {"a", "b"}));
  EXPECT_THAT(SlotsIn(edited), IsEmpty());
  EXPECT_EQ(edited->nodes.size(), 4u);
}

TEST(EditSlots, KeepTheirVariableAsAnObjectWithoutAValue) {
  const ObjectGraph graph = WithSlots();
  const auto edited = EditOne(graph, Only(graph, {"a_m"}));
  EXPECT_THAT(SlotsIn(edited), ElementsAre("optimizer m of model/a: a_m"));
  EXPECT_EQ(PathsIn(edited), (Names{{"a_m", {}}}));
}

TEST(EditSlots, FollowRenamedVariablesAndOptimizers) {
  const ObjectGraph graph = WithSlots();
  const auto edited =
      EditOne(graph, AllBut(graph, {}), {{"model/a", "net/x"}, {"optimizer/", "train/opt/"}});
  EXPECT_THAT(SlotsIn(edited),
              ElementsAre("train/opt m of model/b: b_m", "train/opt m of net/x: a_m",
                          "train/opt v of model/b: b_v", "train/opt v of net/x: a_v"));
  EXPECT_EQ(KeysIn(edited),
            (std::map<std::string, std::string>{{"a", "net/x"},
                                                {"b", "model/b"},
                                                {"iter", "train/opt/iter"},
                                                {"a_m", "net/x/.OPTIMIZER_SLOT/train/opt/m"},
                                                {"a_v", "net/x/.OPTIMIZER_SLOT/train/opt/v"},
                                                {"b_m", "model/b/.OPTIMIZER_SLOT/train/opt/m"},
                                                {"b_v", "model/b/.OPTIMIZER_SLOT/train/opt/v"}}));
}

TEST(EditSlots, StayOneOptimizersUnderAllOfItsNames) {
  Program program;
  const auto model = program.Object(0, "model");
  const auto a = program.Variable(model, "a", "a");
  const auto optimizer = program.Object(model, "optimizer");
  program.Edge(0, "opt", optimizer);
  program.Variable(optimizer, "iter", "iter");
  program.Slot(optimizer, a, "m", "a_m");
  const ObjectGraph graph = program.Graph();
  const auto edited = EditOne(graph, AllBut(graph, {}), {{"model/", "net/"}});
  EXPECT_THAT(SlotsIn(edited), ElementsAre("opt m of net/a: a_m"));
  EXPECT_EQ(PathsIn(edited)["iter"], (std::vector<std::string>{"net/optimizer/iter", "opt/iter"}));
  EXPECT_EQ(edited->nodes.size(), 6u);
}

TEST(EditSlots, OfTwoPartsMayShareAnOptimizer) {
  const ObjectGraph graph = WithSlots();
  const std::vector<Part> parts = {{&graph, "one", Only(graph, {"a", "a_m"}), {}, {}},
                                   {&graph, "two", Only(graph, {"b", "b_m"}), {}, {}}};
  EXPECT_THAT(SlotsIn(Edit(parts)),
              ElementsAre("optimizer m of model/a: a_m", "optimizer m of model/b: b_m"));
}

TEST(EditSlots, AreUnreachableWithoutTheirOptimizer) {
  const ObjectGraph graph = WithSlots();
  Part part{&graph, "", Only(graph, {"a", "a_m"}), {}, {}};
  part.rename = [](const std::string& path) -> std::optional<std::string> {
    if (path == "optimizer/") return std::nullopt;
    return path;
  };
  const auto edited = Edit({&part, 1});
  ASSERT_FALSE(edited);
  EXPECT_EQ(edited.error().slug, "object-graph/unreachable");
  EXPECT_THAT(edited.error().message, HasSubstr("model/a/.OPTIMIZER_SLOT/optimizer/m"));
}

TEST(EditLists, CloseUpBelowAnOptimizer) {
  const ObjectGraph graph = WithLists(false);
  const auto edited = EditOne(graph, AllBut(graph, {"b", "b_m", "b_v"}));
  const Names paths = PathsIn(edited);
  EXPECT_THAT(paths.at("iterations"),
              ElementsAre("optimizer/_iterations", "optimizer/_variables/0"));
  EXPECT_THAT(paths.at("a_m"), ElementsAre("optimizer/_momentums/0", "optimizer/_variables/1"));
  EXPECT_THAT(paths.at("a_v"), ElementsAre("optimizer/_variables/2", "optimizer/_velocities/0"));
  EXPECT_THAT(paths.at("c_m"), ElementsAre("optimizer/_momentums/1", "optimizer/_variables/3"));
  EXPECT_THAT(paths.at("c_v"), ElementsAre("optimizer/_variables/4", "optimizer/_velocities/1"));
  EXPECT_THAT(paths.at("c"), ElementsAre("model/c", "optimizer/_trainable_variables/1"));
  EXPECT_THAT(paths.at("rate"), ElementsAre("optimizer/_learning_rate"));
  const auto keys = KeysIn(edited);
  EXPECT_EQ(keys.at("a_m"), "optimizer/_variables/1");
  EXPECT_EQ(keys.at("c_m"), "optimizer/_variables/3");
}

TEST(EditLists, KeepThePlaceOfCounterAndRate) {
  const ObjectGraph graph = WithLists(true);
  const Names paths =
      PathsIn(EditOne(graph, AllBut(graph, {"iterations", "rate", "a", "a_m", "a_v"})));
  EXPECT_THAT(paths.at("b_m"), ElementsAre("optimizer/_momentums/0", "optimizer/_variables/2"));
  EXPECT_THAT(paths.at("c_v"), ElementsAre("optimizer/_variables/5", "optimizer/_velocities/1"));
}

TEST(EditLists, CloseUpUnderNewNames) {
  const ObjectGraph graph = WithLists(true);
  const Names paths = PathsIn(EditOne(graph, AllBut(graph, {"a", "a_m", "a_v"}),
                                      {{"optimizer/", "train/adam/"}, {"model/", "net/"}}));
  EXPECT_THAT(paths.at("b"), ElementsAre("net/b", "train/adam/_trainable_variables/0"));
  EXPECT_THAT(paths.at("c_m"), ElementsAre("train/adam/_momentums/1", "train/adam/_variables/4"));
}

TEST(EditLists, CloseUpWhereAnElementLeavesTheListOnly) {
  const ObjectGraph graph = WithLists(false);
  Part part{&graph, "", AllBut(graph, {}), {}, {}};
  part.rename = [](const std::string& path) -> std::optional<std::string> {
    if (path == "optimizer/_trainable_variables/0") return std::nullopt;
    return path;
  };
  const Names paths = PathsIn(Edit({&part, 1}));
  EXPECT_THAT(paths.at("a"), ElementsAre("model/a"));
  EXPECT_THAT(paths.at("b"), ElementsAre("model/b", "optimizer/_trainable_variables/0"));
}

TEST(EditLists, StayAsTheyAreElsewhere) {
  Program program;
  const auto list = program.Object(program.Object(0, "model"), "weights");
  for (int i = 0; i < 3; ++i) program.Variable(list, std::to_string(i), "w" + std::to_string(i));
  // Layers that hang on an optimizer are no variables of it.
  const auto optimizer = program.Object(0, "optimizer");
  program.Variable(optimizer, "iter", "iter");
  program.Variable(optimizer, "beta_1", "beta_1");
  program.Object(optimizer, "_variables");
  const auto layers = program.Object(optimizer, "layers");
  for (int i = 0; i < 2; ++i) {
    program.Variable(program.Object(layers, std::to_string(i)), "k", "k" + std::to_string(i));
  }
  program.Variable(0, "iterations", "i");
  program.Variable(0, "learning_rate", "rate");
  const auto own = program.Object(0, "weights");
  for (int i = 0; i < 2; ++i) program.Variable(own, std::to_string(i), "o" + std::to_string(i));
  const ObjectGraph graph = program.Graph();
  const Names paths = PathsIn(EditOne(graph, AllBut(graph, {"w0", "k0", "o0"})));
  EXPECT_THAT(paths.at("w2"), ElementsAre("model/weights/2"));
  EXPECT_THAT(paths.at("o1"), ElementsAre("weights/1"));
  EXPECT_THAT(paths.at("k1"), ElementsAre("optimizer/layers/1/k"));
}

TEST(EditLists, LeaveWithTheirOptimizerWhateverTheyList) {
  const ObjectGraph graph = WithLists(true);
  const auto edited = EditOne(graph, Only(graph, {"a", "b", "c"}));
  EXPECT_EQ(PathsIn(edited), (Names{{"a", {"model/a"}}, {"b", {"model/b"}}, {"c", {"model/c"}}}));
  ASSERT_EQ(edited->nodes.size(), 5u);  // Root, model, three variables.
  EXPECT_THAT(edited->order, ElementsAre(ElementsAre(0u, 1u, 2u)));
  // Renamed, it is the same.
  EXPECT_EQ(PathsIn(EditOne(graph, Only(graph, {"a", "b"}), {{"model/", "net/"}})),
            (Names{{"a", {"net/a"}}, {"b", {"net/b"}}}));
}

TEST(EditLists, StayWithAnythingThatIsTheOptimizersOwn) {
  const ObjectGraph graph = WithLists(true);
  EXPECT_EQ(PathsIn(EditOne(graph, Only(graph, {"b", "iterations"})))["b"],
            (std::vector<std::string>{"model/b", "optimizer/_trainable_variables/0"}));
}

TEST(EditLists, StayIfNothingElseLeadsToAWeight) {
  Program program;
  const auto optimizer = program.Object(0, "optimizer");
  program.Variable(optimizer, "_iterations", "iterations");
  program.Variable(optimizer, "_learning_rate", "rate");
  program.Variable(program.Object(optimizer, "_trainable_variables"), "0", "w");
  const ObjectGraph graph = program.Graph();
  EXPECT_EQ(PathsIn(EditOne(graph, Only(graph, {"w"}))),
            (Names{{"w", {"optimizer/_trainable_variables/0"}}}));
}

TEST(EditLists, GiveTheKeysOfWeightsBackToTheModel) {
  Program program;
  const auto optimizer = program.Object(0, "aopt");
  program.Variable(optimizer, "_iterations", "iterations");
  program.Variable(optimizer, "_learning_rate", "rate");
  const auto list = program.Object(optimizer, "_trainable_variables");
  const auto layer = program.Object(program.Object(0, "model"), "layer");
  program.Edge(list, "0", program.Variable(layer, "kernel", "k"));
  const ObjectGraph graph = program.Graph();
  EXPECT_EQ(graph.NodeOfKey("model/layer/kernel/.ATTRIBUTES/VARIABLE_VALUE"), -1);
  EXPECT_EQ(KeysIn(EditOne(graph, Only(graph, {"k"}))),
            (std::map<std::string, std::string>{{"k", "model/layer/kernel"}}));
}

TEST(EditOptimizer, TakesAlongWhatCompilingMade) {
  Program program;
  const auto model = program.Object(0, "model");
  program.Variable(model, "w", "w");
  program.Variable(program.Object(model, "loss"), "scale", "scale");
  const auto optimizer = program.Object(model, "optimizer");
  program.Variable(optimizer, "_iterations", "iterations");
  program.Variable(optimizer, "_learning_rate", "rate");
  program.Object(model, "train_function");
  program.Object(model, "predict_function");
  const ObjectGraph graph = program.Graph();
  const auto edges = [](const Result<Edited>& edited) {
    std::vector<std::string> names;
    for (const auto& edge : edited->nodes[1].children) names.push_back(edge.name);
    return names;
  };
  // What holds values, or is there without compiling too, stays.
  EXPECT_THAT(edges(EditOne(graph, Only(graph, {"w", "scale"}))),
              ElementsAre("w", "loss", "predict_function"));
  EXPECT_THAT(edges(EditOne(graph, AllBut(graph, {"rate", "scale"}))),
              ElementsAre("w", "optimizer", "train_function", "predict_function"));
}

// Has a counter and a rate, as an optimizer does, but is the one that the model hangs on.
TEST(EditOptimizer, IsNotTheTrainerThatHasTheModel) {
  Program program;
  const auto trainer = program.Object(0, "trainer");
  program.Variable(trainer, "iter", "iter");
  program.Variable(trainer, "learning_rate", "rate");
  program.Variable(program.Object(trainer, "model"), "w", "w");
  const ObjectGraph graph = program.Graph();
  EXPECT_EQ(PathsIn(EditOne(graph, Only(graph, {"w"}))), (Names{{"w", {"trainer/model/w"}}}));
}

TEST(EditSlots, CanLeaveTheirOptimizerForAPath) {
  const ObjectGraph graph = WithSlots();
  Part part{&graph, "", AllBut(graph, {}), {}, {}, {}};
  part.detach = [&](ObjectGraph::Place slot) -> std::optional<std::string> {
    if (graph.At(slot).full_name != "a_m") return std::nullopt;
    return "moments/a";
  };
  const auto edited = Edit({&part, 1});
  EXPECT_EQ(PathsIn(edited)["a_m"], (std::vector<std::string>{"moments/a"}));
  EXPECT_EQ(KeysIn(edited)["a_m"], "moments/a");
  EXPECT_THAT(SlotsIn(edited),
              ElementsAre("optimizer m of model/b: b_m", "optimizer v of model/a: a_v",
                          "optimizer v of model/b: b_v"));
  part.detach = [](ObjectGraph::Place) { return "model/a"; };
  EXPECT_EQ(Edit({&part, 1}).error().slug, "object-graph/collision");
}

}  // namespace
}  // namespace regraft::object_graph
