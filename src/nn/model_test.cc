// Names, edges and building of models, as Keras has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "nn/naming.h"
#include "regraft/nn.h"
#include "regraft/trackable.h"

namespace regraft::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> FullNames(const std::vector<train::Variable>& variables) {
  std::vector<std::string> names;
  for (const train::Variable& variable : variables) names.push_back(variable.full_name());
  return names;
}

std::vector<std::string> PathsOf(const train::Trackable& root, const train::Variable& variable) {
  const std::vector<Target> targets = root.Targets().value();
  const std::vector<train::Variable> variables = root.variables();  // Beside the targets.
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (variables[i] == variable) return targets[i].paths;
  }
  return {};
}

struct Tower : Model {
  explicit Tower(std::string name = "tower", std::optional<std::uint64_t> seed = {})
      : Model(std::move(name), seed) {
    Track("base_layers", base_layers);
    Track("norm", norm);
    Track("head", head);
  }
  Result<Tensor> Call(const Tensor& x) override {
    return Chain(base_layers, x).and_then(norm).and_then(head);
  }
  std::vector<LayerPtr> base_layers = {Make<Conv2D>(2, 3), Make<MaxPool2D>(), Make<Conv2D>(2, 2),
                                       Make<Flatten>()};
  BatchNormalization norm;
  Dense head{3};
};

TEST(Naming, IsThatOfKeras) {
  EXPECT_EQ(SnakeCase("Conv2D"), "conv2d");
  EXPECT_EQ(SnakeCase("DepthwiseConv2D"), "depthwise_conv2d");
  EXPECT_EQ(SnakeCase("MaxPooling2D"), "max_pooling2d");
  EXPECT_EQ(SnakeCase("GlobalAveragePooling2D"), "global_average_pooling2d");
  EXPECT_EQ(SnakeCase("BatchNormalization"), "batch_normalization");
  EXPECT_EQ(SnakeCase("NamedModel"), "named_model");
}

TEST(Model, GivesVariablesTheNamesOfKeras2) {
  Tower tower;
  ASSERT_TRUE(tower(Tensor(Shape{1, 8, 8, 1})));
  EXPECT_THAT(FullNames(tower.variables()),
              ElementsAre("tower/conv2d/kernel", "tower/conv2d/bias", "tower/conv2d_1/kernel",
                          "tower/conv2d_1/bias", "tower/batch_normalization/gamma",
                          "tower/batch_normalization/beta", "tower/batch_normalization/moving_mean",
                          "tower/batch_normalization/moving_variance", "tower/dense/kernel",
                          "tower/dense/bias"));
  EXPECT_EQ(tower.head.kernel().name(), "tower/dense/kernel:0");
  EXPECT_EQ(tower.base_layers[1]->name(), "max_pooling2d");
}

TEST(Model, LeavesMovingStatisticsOutOfTheTrainableVariables) {
  Tower tower;
  ASSERT_TRUE(tower.Build(Shape{1, 8, 8, 1}));
  EXPECT_EQ(tower.variables().size(), 10U);
  EXPECT_EQ(tower.trainable_variables().size(), 8U);
  EXPECT_THAT(FullNames(TrainableVariables(tower.base_layers)),
              ElementsAre("tower/conv2d/kernel", "tower/conv2d/bias", "tower/conv2d_1/kernel",
                          "tower/conv2d_1/bias"));
}

TEST(Model, NumbersListsOfLayersAsEdges) {
  Tower tower;
  ASSERT_TRUE(tower.Build(Shape{1, 8, 8, 1}));
  const auto& second = dynamic_cast<const Conv2D&>(*tower.base_layers[2]);
  EXPECT_THAT(PathsOf(tower, second.kernel()), ElementsAre("base_layers/2/kernel"));
  EXPECT_THAT(PathsOf(tower, tower.norm.moving_mean()), ElementsAre("norm/moving_mean"));
}

TEST(Sequential, HasTheEdgesOfBothKerasVersionsAndNoNameOfItsOwn) {
  Sequential model({Make<Dense>(4), Make<Dropout>(0.1F), Make<Dense>(3)});
  ASSERT_TRUE(model.Build(Shape{1, 10}));
  const auto& last = dynamic_cast<const Dense&>(*model.layers()[2]);
  EXPECT_EQ(last.kernel().name(), "dense_1/kernel:0");
  EXPECT_THAT(PathsOf(model, last.kernel()),
              ElementsAre("layer_with_weights-1/kernel", "_operations/3/kernel",
                          "_functional/_operations/3/kernel"));
}

TEST(DepthwiseConv2D, HasTheEdgesOfBothKerasVersions) {
  DepthwiseConv2D layer(2);
  ASSERT_TRUE(layer.Build(Shape{1, 4, 4, 3}));
  EXPECT_THAT(PathsOf(layer, layer.depthwise_kernel()), ElementsAre("depthwise_kernel", "kernel"));
  EXPECT_EQ(layer.depthwise_kernel().full_name(), "depthwise_conv2d/depthwise_kernel");
}

struct Inner : Model {
  explicit Inner(std::string name) : Model(std::move(name)) { Track("a", a); }
  Result<Tensor> Call(const Tensor& x) override { return a(x); }
  Dense a{2};
};

struct Outer : Model {
  Outer() : Model("outer") {
    Track("seq", seq);
    Track("inner", inner);
    Track("head", head);
  }
  Result<Tensor> Call(const Tensor& x) override { return seq(x).and_then(inner).and_then(head); }
  Sequential seq{{Make<Dense>(4), Make<Dense>(3)}};
  Inner inner{"sub_in"};
  Dense head{2};
};

TEST(Model, NamesWhatIsNestedAsKeras2Does) {
  Outer outer;
  ASSERT_TRUE(outer(Tensor(Shape{1, 5})));
  EXPECT_THAT(FullNames(outer.variables()),
              ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias",
                          "outer/sub_in/dense_2/kernel", "outer/sub_in/dense_2/bias",
                          "outer/dense_3/kernel", "outer/dense_3/bias"));

  Sequential seq({Make<Inner>("sub"), Make<Dense>(2)});
  ASSERT_TRUE(seq(Tensor(Shape{1, 5})));
  EXPECT_THAT(FullNames(seq.variables()),
              ElementsAre("sub/dense/kernel", "sub/dense/bias", "dense_1/kernel", "dense_1/bias"));
}

TEST(Model, SaysWhichNamesItHasCounted) {
  Sequential model({Make<Dense>(2), Make<Dense>(2, DenseOptions{.name = "top"})});
  ASSERT_TRUE(model.Build(Shape{1, 2}));
  const std::vector<Target> targets = model.Targets().value();
  using enum PartKind;
  EXPECT_EQ(targets[0].full_name, "dense/kernel");
  EXPECT_THAT(targets[0].name_kinds, ElementsAre(kNumbered, kGiven));
  EXPECT_EQ(targets[2].full_name, "top/kernel");
  EXPECT_THAT(targets[2].name_kinds, ElementsAre(kGiven, kGiven));
}

TEST(Model, SharesABaseWithAnotherModelWithoutNamingItTwice) {
  const LayerPtr base = Make<Dense>(4);
  Sequential a({base, Make<Dense>(2)});
  ASSERT_TRUE(a.Build(Shape{1, 3}));
  Sequential b({base, Make<Dense>(5)});
  ASSERT_TRUE(b.Build(Shape{1, 3}));
  EXPECT_EQ(base->name(), "dense");
  EXPECT_THAT(FullNames(b.variables()),
              ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"));
  EXPECT_EQ(a.variables()[0], b.variables()[0]);
}

TEST(Model, BeginsWithValuesThatDependOnSeedAndNameOnly) {
  Tower a("tower", 7);
  Tower b("tower", 7);
  Tower c("tower", 8);
  for (Tower* tower : {&a, &b, &c}) ASSERT_TRUE(tower->Build(Shape{1, 8, 8, 1}));
  const auto values = [](const Tower& tower) {
    return std::vector<float>(tower.head.kernel().data<float>().begin(),
                              tower.head.kernel().data<float>().end());
  };
  EXPECT_EQ(values(a), values(b));
  EXPECT_NE(values(a), values(c));
}

TEST(Initializers, AreThoseOfKeras) {
  Dense dense(40);
  ASSERT_TRUE(dense.Build(Shape{1, 20}));
  const float limit = std::sqrt(6.0F / 60.0F);
  const auto kernel = dense.kernel().data<float>();
  const auto [low, high] = std::minmax_element(kernel.begin(), kernel.end());
  EXPECT_GE(*low, -limit);
  EXPECT_LT(*high, limit);
  EXPECT_LT(*low, -0.9F * limit);  // 800 draws reach near both ends.
  EXPECT_GT(*high, 0.9F * limit);
  EXPECT_THAT(dense.bias().data<float>(), testing::Each(0.0F));

  Embedding embedding(100, 8);
  ASSERT_TRUE(embedding.Build(Shape{1, 2}));
  const auto table = embedding.embeddings().data<float>();
  EXPECT_THAT(table, testing::Each(testing::AllOf(testing::Ge(-0.05F), testing::Lt(0.05F))));
  EXPECT_GT(*std::max_element(table.begin(), table.end()), 0.045F);

  BatchNormalization norm;
  ASSERT_TRUE(norm.Build(Shape{1, 3}));
  EXPECT_THAT(norm.gamma().data<float>(), ElementsAre(1, 1, 1));
  EXPECT_THAT(norm.moving_variance().data<float>(), ElementsAre(1, 1, 1));
  EXPECT_THAT(norm.moving_mean().data<float>(), ElementsAre(0, 0, 0));
}

TEST(Model, SaysThatItIsNotBuiltAndHowToBuildIt) {
  Tower tower;
  const auto targets = tower.Targets();
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().code, ErrorCode::kUnmet);
  EXPECT_EQ(targets.error().slug, "train/not-built");
  EXPECT_THAT(targets.error().ToString(), HasSubstr("base_layers/0: Conv2D"));
  EXPECT_THAT(targets.error().hint, HasSubstr("Build(input_shape)"));
}

struct Skips : Model {
  Skips() : Model("skips") {
    Track("used", used);
    Track("unused", unused);
  }
  Result<Tensor> Call(const Tensor& x) override { return used(x); }
  Dense used{2};
  Dense unused{2};
};

TEST(Model, NamesTheLayerThatItsCallLeftUnbuilt) {
  Skips model;
  ASSERT_TRUE(model(Tensor(Shape{1, 2})));
  const auto targets = model.Targets();
  ASSERT_FALSE(targets);
  ASSERT_EQ(targets.error().details.size(), 1U);
  EXPECT_EQ(targets.error().details[0].text, "unused: dense_1 (Dense)");
}

struct Forgets : Model {
  Forgets() : Model("forgets") { Track("a", a); }
  Result<Tensor> Call(const Tensor& x) override { return a(x).and_then(b); }
  Dense a{2};
  Dense b{2};
};

TEST(Model, RefusesToCallALayerThatItDoesNotTrack) {
  Forgets model;
  const Result<Tensor> y = model(Tensor(Shape{1, 2}));
  ASSERT_FALSE(y);
  EXPECT_EQ(y.error().slug, "nn/untracked-layer");
  EXPECT_THAT(y.error().message, HasSubstr("forgets (Model) calls Dense"));
}

TEST(Model, GivesTensorsAwayThatAnyOtherModelTakes) {
  Tower tower;
  Dense other{2};
  const Result<Tensor> y = tower(Tensor(Shape{1, 8, 8, 1}));
  ASSERT_TRUE(y);
  EXPECT_TRUE(other(*y));
}

TEST(Layer, CanBeCalledFromManyThreadsOnceBuilt) {
  Tower tower;
  const Tensor x(Shape{2, 8, 8, 1});
  const Tensor expected = tower(x).value();
  std::vector<int> equal(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < equal.size(); ++t) {
      threads.emplace_back([&, t] {
        const bool named = tower.Targets()->size() == tower.variables().size();
        equal[t] = named && *tower(x) == expected;
      });
    }
  }
  EXPECT_THAT(equal, testing::Each(1));
}

TEST(Layer, KeepsItsVariablesWhenTheFirstCallFailsAfterMakingThem) {
  Embedding embedding(5, 2);
  ASSERT_FALSE(embedding(Tensor::Make(Shape{1, 1}, {9.0F}).value()));
  const train::Variable before = embedding.embeddings();
  ASSERT_TRUE(embedding(Tensor::Make(Shape{1, 1}, {4.0F}).value()));
  EXPECT_EQ(embedding.embeddings(), before);
}

}  // namespace
}  // namespace regraft::nn
