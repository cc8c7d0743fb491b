#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::classify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TinyBundle;
using testing::TinyGraph;
using testing::ValueKey;

// Builds a graph and its file together.
class Objects {
 public:
  TinyGraph graph;
  TinyBundle bundle;

  std::int32_t Node(std::int32_t parent, std::string edge) {
    return graph.AddNode(parent, std::move(edge));
  }
  std::int32_t Float(std::int32_t parent, std::string edge, const std::string& path,
                     Shape shape = {2}) {
    return Store(graph.AddVariable(parent, std::move(edge), path, path), DType::kFloat32,
                 std::move(shape));
  }
  std::int32_t Counter(std::int32_t parent, std::string edge, const std::string& path) {
    return Store(graph.AddVariable(parent, std::move(edge), path, path), DType::kInt64, {});
  }
  std::int32_t Slot(std::int32_t optimizer, const std::string& path, std::int32_t variable,
                    std::string name) {
    return Store(graph.AddSlot(optimizer, path, variable, std::move(name), "slot"), DType::kFloat32,
                 {2});
  }

  Catalog Saved() {
    bundle.SetGraph(graph);
    const testing::MemoryFiles files(bundle.Files("p"));
    const auto opened = CheckpointReader::Open(files, "p", {});
    EXPECT_TRUE(opened) << opened.error().ToString();
    return opened ? opened->catalog() : Catalog();
  }

 private:
  std::int32_t Store(std::int32_t node, DType dtype, Shape shape) {
    TensorSpec spec{dtype, shape};
    bundle.Add(graph.Key(node), dtype, shape,
               std::string(static_cast<std::size_t>(*spec.Bytes()), 'x'));
    return node;
  }
};

// By its key or by the path that its key is made of.
Entry Find(const Catalog& catalog, const std::string& name) {
  for (const Entry& entry : catalog.entries) {
    if (entry.key == name || entry.key == ValueKey(name)) return entry;
  }
  ADD_FAILURE() << "no entry " << name;
  return {};
}

std::string ClassOf(const Catalog& catalog, const std::string& name) {
  return std::string(ClassName(Find(catalog, name).cls));
}

TEST(ClassifyByGraph, OptimizerOfTheOlderKind) {
  Objects o;
  const auto model = o.Node(0, "model");
  const auto kernel = o.Float(model, "kernel", "model/kernel");
  const auto adam = o.Node(0, "optimizer");
  o.Counter(adam, "iter", "optimizer/iter");
  o.Float(adam, "beta_1", "optimizer/beta_1", {});
  o.Float(adam, "learning_rate", "optimizer/learning_rate", {});
  o.Slot(adam, "optimizer", kernel, "m");
  o.Counter(0, "save_counter", "save_counter");
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "model/kernel"), "@weights");
  EXPECT_EQ(ClassOf(saved, "optimizer/iter"), "@optimizer");
  EXPECT_EQ(ClassOf(saved, "optimizer/beta_1"), "@optimizer");
  EXPECT_EQ(ClassOf(saved, "model/kernel/.OPTIMIZER_SLOT/optimizer/m"), "@optimizer");
  EXPECT_THAT(Find(saved, "model/kernel/.OPTIMIZER_SLOT/optimizer/m").class_reason,
              "slot 'm' of the optimizer 'optimizer' for 'model/kernel'");
  EXPECT_THAT(Find(saved, "model/kernel/.OPTIMIZER_SLOT/optimizer/m").paths, IsEmpty());
  EXPECT_EQ(ClassOf(saved, "save_counter"), "@meta");
  EXPECT_EQ(ClassOf(saved, "_CHECKPOINTABLE_OBJECT_GRAPH"), "@meta");
}

// The edges that Keras 2.15 and 3 write; Keras 3 may store the model's own variables below them.
std::int32_t NewAdam(Objects& o, std::int32_t parent, const std::string& edge,
                     const std::string& path) {
  const auto adam = o.Node(parent, edge);
  const auto variables = o.Node(adam, "_variables");
  const auto iterations = o.Counter(variables, "0", path + "_iterations");
  const auto rate = o.Float(variables, "1", path + "_learning_rate", {});
  o.graph.AddEdge(adam, "_iterations", iterations);
  o.graph.AddEdge(adam, "_learning_rate", rate);
  const auto momentums = o.Node(adam, "_momentums");
  const auto m = o.Float(momentums, "0", path + "_variables/2");
  o.graph.AddEdge(variables, "2", m);
  return adam;
}

TEST(ClassifyByGraph, OptimizerOfTheNewerKind) {
  Objects o;
  const auto model = o.Node(0, "model");
  const auto kernel = o.Float(model, "_kernel", "optimizer/_trainable_variables/0");
  const auto adam = NewAdam(o, 0, "optimizer", "optimizer/");
  o.graph.AddEdge(o.Node(adam, "_trainable_variables"), "0", kernel);
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "optimizer/_trainable_variables/0"), "@weights");
  for (const char* path :
       {"optimizer/_iterations", "optimizer/_learning_rate", "optimizer/_variables/2"}) {
    EXPECT_EQ(ClassOf(saved, path), "@optimizer") << path;
  }
  EXPECT_THAT(Find(saved, "optimizer/_trainable_variables/0").paths,
              ElementsAre("model/_kernel", "optimizer/_trainable_variables/0"));
}

TEST(ClassifyByGraph, ModelsVariablesOfAnOptimizerSavedAloneAreWeights) {
  for (const bool as_root : {false, true}) {
    Objects o;
    const std::string path = as_root ? "" : "opt/";
    std::int32_t adam = 0;
    if (as_root) {
      const auto iterations = o.Counter(0, "_iterations", "_iterations");
      o.graph.AddEdge(o.Node(0, "_variables"), "0", iterations);
    } else {
      adam = NewAdam(o, 0, "opt", "opt/");
    }
    o.Float(o.Node(adam, "_trainable_variables"), "0", path + "_trainable_variables/0");
    o.Counter(0, "save_counter", "save_counter");
    const Catalog saved = o.Saved();
    EXPECT_EQ(ClassOf(saved, path + "_trainable_variables/0"), "@weights") << as_root;
    EXPECT_EQ(ClassOf(saved, path + "_iterations"), "@optimizer") << as_root;
    EXPECT_EQ(ClassOf(saved, "save_counter"), "@meta") << as_root;
  }
}

TEST(ClassifyByGraph, VariablesOfSlotsAreWeightsWhoeverHasThem) {
  Objects o;
  const auto adam = o.Node(0, "opt");
  const auto kernel = o.Float(o.Node(adam, "_params"), "0", "opt/_params/0");
  o.Slot(adam, "opt", kernel, "m");
  EXPECT_EQ(ClassOf(o.Saved(), "opt/_params/0"), "@weights");
}

TEST(ClassifyByGraph, LossScalingBelongsToTheOptimizer) {
  Objects o;
  const auto wrapper = o.Node(0, "optimizer");
  const auto sgd = o.Node(wrapper, "base_optimizer");
  o.Counter(sgd, "iter", "optimizer/base_optimizer/iter");
  o.Float(sgd, "learning_rate", "optimizer/base_optimizer/learning_rate", {});
  const auto scale = o.Node(wrapper, "loss_scale");
  o.Counter(scale, "good_steps", "optimizer/loss_scale/good_steps");
  o.Float(scale, "current_loss_scale", "optimizer/loss_scale/current_loss_scale", {});
  const Catalog saved = o.Saved();
  for (const char* path : {"optimizer/base_optimizer/iter", "optimizer/loss_scale/good_steps",
                           "optimizer/loss_scale/current_loss_scale"}) {
    EXPECT_EQ(ClassOf(saved, path), "@optimizer") << path;
  }
}

TEST(ClassifyByGraph, ModelOfATrainerIsNotItsOptimizersState) {
  for (const std::string edge : {"net", "_net"}) {
    Objects o;
    const auto trainer = o.Node(0, "trainer");
    o.Counter(trainer, "iter", "trainer/iter");
    o.Float(trainer, "learning_rate", "trainer/learning_rate", {});
    o.Float(o.Node(o.Node(trainer, edge), "dense"), "kernel", "trainer/net/dense/kernel");
    const Catalog saved = o.Saved();
    EXPECT_EQ(ClassOf(saved, "trainer/net/dense/kernel"), "@weights") << edge;
    EXPECT_EQ(ClassOf(saved, "trainer/learning_rate"), "@optimizer") << edge;
  }
}

TEST(ClassifyByGraph, RateThatTheProgramHoldsTooIsTheOptimizers) {
  Objects o;
  const auto rate = o.Float(0, "lr", "lr", {});
  const auto sgd = o.Node(0, "sgd");
  o.Counter(sgd, "iter", "sgd/iter");
  o.graph.AddEdge(sgd, "learning_rate", rate);
  EXPECT_EQ(ClassOf(o.Saved(), "lr"), "@optimizer");
}

TEST(ClassifyByGraph, SonnetOptimizer) {
  Objects o;
  const auto adam = o.Node(0, "opt");
  o.Counter(adam, "step", "opt/step");
  o.Float(o.Node(adam, "m"), "0", "opt/m/0");
  o.Float(o.Node(adam, "v"), "0", "opt/v/0");
  const Catalog saved = o.Saved();
  for (const char* path : {"opt/step", "opt/m/0", "opt/v/0"})
    EXPECT_EQ(ClassOf(saved, path), "@optimizer");
}

TEST(ClassifyByGraph, StepsAreIntegerScalars) {
  Objects o;
  o.Counter(0, "step", "step");
  o.Counter(o.Node(0, "trainer"), "epoch", "trainer/epoch");
  o.Float(0, "global_step", "global_step", {});
  o.Counter(0, "something", "something");
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "step"), "@step");
  EXPECT_EQ(ClassOf(saved, "trainer/epoch"), "@step");
  EXPECT_EQ(ClassOf(saved, "global_step"), "@weights");
  EXPECT_EQ(ClassOf(saved, "something"), "@weights");
}

TEST(ClassifyByGraph, StatisticsOfBatchNormalization) {
  Objects o;
  const auto norm = o.Node(0, "bn");
  o.Float(norm, "gamma", "bn/gamma");
  o.Float(norm, "moving_mean", "bn/moving_mean");
  o.Float(o.Node(0, "odd"), "moving_mean", "odd/moving_mean");
  // Sonnet keeps each of them as an object.
  const auto sonnet = o.Node(0, "snt");
  o.Float(sonnet, "scale", "snt/scale");
  const auto mean = o.Node(sonnet, "moving_mean");
  o.Counter(mean, "_counter", "snt/moving_mean/_counter");
  o.Float(mean, "_hidden", "snt/moving_mean/_hidden");
  o.Float(mean, "average", "snt/moving_mean/average");
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "bn/moving_mean"), "@bn-stats");
  EXPECT_EQ(ClassOf(saved, "bn/gamma"), "@weights");
  EXPECT_EQ(ClassOf(saved, "odd/moving_mean"), "@weights");
  EXPECT_EQ(ClassOf(saved, "snt/moving_mean/average"), "@bn-stats");
  EXPECT_EQ(ClassOf(saved, "snt/moving_mean/_counter"), "@bn-stats");
  EXPECT_EQ(ClassOf(saved, "snt/scale"), "@weights");
}

TEST(ClassifyByGraph, Averages) {
  Objects o;
  const auto ema = o.Node(0, "ema");
  o.Counter(ema, "_counter", "ema/_counter");
  o.Float(ema, "_hidden", "ema/_hidden");
  o.Float(ema, "average", "ema/average");
  o.Float(0, "shadow", "w/ExponentialMovingAverage");
  const auto adam = NewAdam(o, 0, "optimizer", "optimizer/");
  o.Float(o.Node(adam, "_model_variables_moving_average"), "0",
          "optimizer/_model_variables_moving_average/0");
  const Catalog saved = o.Saved();
  for (const char* path :
       {"ema/_counter", "ema/_hidden", "ema/average", "w/ExponentialMovingAverage",
        "optimizer/_model_variables_moving_average/0"}) {
    EXPECT_EQ(ClassOf(saved, path), "@ema") << path;
  }
}

TEST(ClassifyByGraph, MetricsAndPythonStateAreMeta) {
  Objects o;
  const auto metric = o.Node(o.Node(o.Node(0, "keras_api"), "metrics"), "0");
  o.Float(metric, "total", "keras_api/metrics/0/total", {});
  o.graph.graph().nodes[static_cast<std::size_t>(o.Node(0, "state"))].attributes.push_back(
      {"py_state", "", "state/.ATTRIBUTES/py_state"});
  o.bundle.AddStrings("state/.ATTRIBUTES/py_state", {}, {"{}"});
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "keras_api/metrics/0/total"), "@meta");
  EXPECT_EQ(ClassOf(saved, "state/.ATTRIBUTES/py_state"), "@meta");
  EXPECT_THAT(Find(saved, "state/.ATTRIBUTES/py_state").paths, IsEmpty());
}

// The attributes as TensorFlow writes them: the keys of the file continue those of the graph.
TEST(ClassifyByGraph, ValuesStoredInPartsBelongToTheirObject) {
  Objects o;
  const auto attribute = [&](const char* edge, const char* name, const std::string& key) {
    o.graph.graph().nodes[static_cast<std::size_t>(o.Node(0, edge))].attributes.push_back(
        {name, "", key});
  };
  attribute("tab", "table", "tab/.ATTRIBUTES/table");
  attribute("old", "", "old/.ATTRIBUTES/");
  attribute("it", "ITERATOR", "it/.ATTRIBUTES/ITERATOR");
  o.bundle.AddStrings("tab/.ATTRIBUTES/table-keys", {1}, {"a"});
  o.bundle.AddInt64s("tab/.ATTRIBUTES/table-values", {1}, {1});
  o.bundle.AddStrings("old/.ATTRIBUTES/table-keys", {1}, {"a"});
  o.bundle.AddVariants("it/.ATTRIBUTES/ITERATOR_STATE", {1}, {""});
  o.bundle.AddFloats("stray", {1}, {1});
  const Catalog saved = o.Saved();
  EXPECT_EQ(ClassOf(saved, "tab/.ATTRIBUTES/table-values"), "@weights");
  EXPECT_THAT(Find(saved, "tab/.ATTRIBUTES/table-keys").class_reason, HasSubstr("lookup table"));
  EXPECT_THAT(Find(saved, "old/.ATTRIBUTES/table-keys").class_reason, HasSubstr("lookup table"));
  EXPECT_EQ(ClassOf(saved, "it/.ATTRIBUTES/ITERATOR_STATE"), "@meta");
  EXPECT_EQ(ClassOf(saved, "stray"), "@weights");
  EXPECT_THAT(Find(saved, "stray").class_reason, HasSubstr("no object has it"));
  EXPECT_THAT(saved.hollow, IsEmpty());
}

TEST(Hollow, NamesObjectsWithoutValues) {
  Objects o;
  o.Node(o.Node(0, "model"), "_losses");
  o.Node(0, "signatures");
  o.Counter(0, "save_counter", "save_counter");
  EXPECT_THAT(o.Saved().hollow, ElementsAre("model"));
}

TEST(Hollow, NamesTheRootIfItIsTheModel) {
  Objects o;
  o.Node(0, "_tracked");
  o.Counter(0, "save_counter", "save_counter");
  EXPECT_THAT(o.Saved().hollow, ElementsAre("(root)"));
}

TEST(Hollow, AttributeWithoutEntryIsNoValue) {
  Objects o;
  const auto model = o.Node(0, "model");
  o.graph.AddVariable(model, "kernel", "model/kernel", "kernel");
  o.Counter(0, "save_counter", "save_counter");
  EXPECT_THAT(o.Saved().hollow, ElementsAre("model"));
}

TEST(Hollow, FullObjectsAreNotNamed) {
  Objects o;
  const auto model = o.Node(0, "model");
  o.Float(model, "kernel", "model/kernel");
  o.graph.AddEdge(0, "root", 0);
  o.Counter(0, "save_counter", "save_counter");
  EXPECT_THAT(o.Saved().hollow, IsEmpty());
}

TEST(Hollow, ListIsBounded) {
  Objects o;
  for (int i = 0; i < 50; ++i) o.Node(0, "m" + std::to_string(i));
  EXPECT_THAT(o.Saved().hollow, ::testing::SizeIs(20));
}

}  // namespace
}  // namespace regraft::classify
