// What TensorFlow passes over in silence: here each does what it says, or fails loudly and
// says what would work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "models.h"
#include "regraft/checkpoint.h"
#include "regraft/nn.h"
#include "regraft/train.h"
#include "regraft/variable.h"

namespace regraft::recipes {
namespace {

using ::testing::HasSubstr;
using train::LatestCheckpoint;

// TensorFlow: the edges vars_to_restore/0 ... are not in the file, so nothing changes.
TEST(SilentFailures, AListOfVariablesRestoresExactlyThese) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(5);
  ASSERT_TRUE(model(nn::Tensor(kImage)));
  const auto& conv = dynamic_cast<const nn::Conv2D&>(*model.base_layers[0]);
  const auto& head = dynamic_cast<const nn::Dense&>(*model.head_layers[1]);
  const std::vector<float> head_kernel = ValuesOf(head.kernel());

  train::Checkpoint partial({{"vars_to_restore", nn::TrainableVariables(model.base_layers)}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 2U);
  EXPECT_EQ(ValuesOf(conv.kernel()), Counting(Shape{3, 3, 1, 2}, 100));
  EXPECT_EQ(ValuesOf(conv.bias()), Counting(Shape{2}, 200));
  EXPECT_EQ(ValuesOf(head.kernel()), head_kernel);
}

// TensorFlow: the keyword is an edge name and never compared with a variable's name.
TEST(SilentFailures, AKeywordThatIsAVariablesNameIsThatVariable) {
  const std::string stem = SaveOldModel("");
  NewModel model;
  ASSERT_TRUE(model.Build(Shape{1, 3}));
  const std::vector<float> kept = ValuesOf(model.dense2.kernel());

  train::Checkpoint partial({{"old_dense1/kernel:0", model.dense1_new.kernel()},
                             {"old_dense1/bias:0", model.dense1_new.bias()}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 2U);
  EXPECT_EQ(ValuesOf(model.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
  EXPECT_EQ(ValuesOf(model.dense1_new.bias()), Counting(Shape{4}, 200));
  EXPECT_EQ(ValuesOf(model.dense2.kernel()), kept);
}

TEST(SilentFailures, AKeywordThatNamesNothingIsAnErrorThatShowsTheRealName) {
  const std::string stem = SaveOldModel("old/");
  NewModel model;
  ASSERT_TRUE(model.Build(Shape{1, 3}));
  const std::vector<float> before = ValuesOf(model.dense1_new.kernel());

  train::Checkpoint partial({{"old_dense1/kernel:0", model.dense1_new.kernel()}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().ToString(), HasSubstr("old_dense1/kernel:0"));
  EXPECT_THAT(report.error().ToString(), HasSubstr("model/dense1_old/"));
  EXPECT_EQ(ValuesOf(model.dense1_new.kernel()), before);

  train::Checkpoint real({{"old/old_dense1/kernel:0", model.dense1_new.kernel()}});
  EXPECT_TRUE(real.Restore(LatestCheckpoint(stem).value()));
  EXPECT_EQ(ValuesOf(model.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
}

// TensorFlow: latest_checkpoint of a stem is None, and restore(None) does nothing.
TEST(SilentFailures, AStemLeadsToItsNewestCheckpoint) {
  const std::string stem = SaveBaseAndHead();
  EXPECT_EQ(LatestCheckpoint(stem).value(), stem + "-1");
  EXPECT_EQ(LatestCheckpoint(std::filesystem::path(stem).parent_path()).value(), stem + "-1");
}

TEST(SilentFailures, AStemWithoutCheckpointsIsAnError) {
  const std::string stem = SaveBaseAndHead();
  const Result<std::string> latest = LatestCheckpoint(stem + "_of_another");
  ASSERT_FALSE(latest);
  EXPECT_EQ(latest.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(LatestCheckpoint(""));
}

TEST(SilentFailures, NoPathIsAnError) {
  BaseAndHead model(5);
  ASSERT_TRUE(model.Build(kImage));
  train::Checkpoint partial({{"vars_to_restore", model.trainable_variables()}});
  for (const std::optional<std::string>& path : {std::optional<std::string>(), {""}}) {
    const Result<Report> report = partial.Restore(path);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().slug, "train/no-path");
  }
}

// TensorFlow with Keras 3: v.name is just "kernel", so the filter keeps everything.
TEST(SilentFailures, AFilterOnNamesLeavesOutWhatItNames) {
  const std::string stem = SaveNamedModelOfKeras3();
  NamedModel model;
  ASSERT_TRUE(model(nn::Tensor(Shape{1, 5})));
  const std::vector<float> embeddings = ValuesOf(model.embedding_layer.embeddings());

  std::vector<train::Variable> chosen;
  for (const train::Variable& variable : model.trainable_variables()) {
    if (variable.name().find("embedding_layer") == std::string::npos) chosen.push_back(variable);
  }
  ASSERT_EQ(chosen.size(), 4U);
  train::Checkpoint partial({{"vars_to_restore", chosen}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(ValuesOf(model.embedding_layer.embeddings()), embeddings);
  EXPECT_EQ(ValuesOf(model.dense_layer_1.kernel()), Counting(Shape{3, 4}, 200));
  EXPECT_EQ(ValuesOf(model.dense_layer_2.bias()), Counting(Shape{2}, 500));
}

TEST(SilentFailures, AnExcludeLeavesOutWhatItNames) {
  const std::string stem = SaveNamedModelOfKeras3();
  NamedModel model;
  ASSERT_TRUE(model(nn::Tensor(Shape{1, 5})));
  const std::vector<float> embeddings = ValuesOf(model.embedding_layer.embeddings());

  const Result<CheckpointReader> source = CheckpointReader::Open(stem);
  ASSERT_TRUE(source) << source.error().ToString();
  const Result<Plan> plan = MakePlan(*source, model.Targets().value(),
                                     {.select = {.exclude = {"**/embedding_layer/**"}}});
  ASSERT_TRUE(plan) << plan.error().ToString();
  const Result<Report> report = Restore(*source, *plan, model);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 4U);
  EXPECT_EQ(ValuesOf(model.embedding_layer.embeddings()), embeddings);
  EXPECT_EQ(ValuesOf(model.dense_layer_1.kernel()), Counting(Shape{3, 4}, 200));
}

// TensorFlow: no name equals "old_dense1/kernel:0", because a subclassed model's names begin
// with its own; the map stays empty and restores nothing.
TEST(SilentFailures, AnEmptyMapIsAnErrorThatShowsTheNamesThereAre) {
  const std::string stem = SaveOldModel("old/");
  std::map<std::string, train::Variable> mapping;  // What the filter left.
  train::Checkpoint partial(mapping);
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "select/empty-list");
  EXPECT_THAT(report.error().ToString(), HasSubstr("old/old_dense1/kernel"));
}

TEST(SilentFailures, AnEmptyListIsAnErrorThatShowsTheNamesThereAre) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead unbuilt(5);
  train::Checkpoint partial({{"vars_to_restore", unbuilt.trainable_variables()}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "select/empty-list");
  EXPECT_THAT(report.error().ToString(), HasSubstr("model/base_layers/0/kernel"));
}

// TensorFlow with Keras 3: layers in a Python list are not tracked, so the file holds none of
// their weights; restoring it passes every assertion and changes nothing.
TEST(SilentFailures, AFileWithoutWeightsIsAnErrorThatSaysSo) {
  Saved saved;
  saved.Object(saved.model(), "_tracked");
  const std::string stem = saved.Save("ckpt_model_A");
  BaseAndHead model(5);
  ASSERT_TRUE(model(nn::Tensor(kImage)));
  const auto& conv = dynamic_cast<const nn::Conv2D&>(*model.base_layers[0]);
  const std::vector<float> before = ValuesOf(conv.kernel());

  train::Checkpoint partial({{"vars_to_restore", nn::TrainableVariables(model.base_layers)}});
  const Result<Report> report = partial.Restore(LatestCheckpoint(stem).value());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "select/hollow");
  EXPECT_THAT(report.error().ToString(), HasSubstr("no weights"));
  EXPECT_EQ(ValuesOf(conv.kernel()), before);
}

TEST(SilentFailures, AModelThatIsNotBuiltIsAnErrorThatSaysHowToBuildIt) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  train::Checkpoint whole({{"model", model}});
  const Result<Report> report = whole.Restore(stem);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "train/not-built");
  ASSERT_TRUE(model.Build(kImage));
  EXPECT_TRUE(whole.Restore(stem));
}

}  // namespace
}  // namespace regraft::recipes
