// Whole models, and objects under their edges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "models.h"
#include "regraft/nn.h"
#include "regraft/train.h"
#include "regraft/variable.h"

namespace regraft::recipes {
namespace {

using ::testing::HasSubstr;

TEST(Objects, AModelUnderItsEdgeTakesEverythingBelowIt) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  ASSERT_TRUE(model.Build(kImage));
  train::Checkpoint checkpoint({{"model", model}});
  const Result<Report> report = checkpoint.Restore(stem);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 4U);
  EXPECT_EQ(ValuesOf(model.variables()[2]), Counting(Shape{8, 10}, 300));
}

TEST(Objects, AModelAsRootTakesAFileThatKnowsItByAnEdge) {
  const std::string stem = SaveNamedModelOfKeras3();
  NamedModel model;
  ASSERT_TRUE(model(nn::Tensor(Shape{1, 5})));
  const Result<Report> report = train::Checkpoint(model).Restore(stem);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 5U);
}

TEST(Objects, ALayerUnderItsPathTakesThatLayer) {
  const std::string stem = SaveOldModel("old/");
  NewModel model;
  ASSERT_TRUE(model.Build(Shape{1, 3}));
  train::Checkpoint checkpoint({{"model/dense1_old", model.dense1_new}});
  const Result<Report> report = checkpoint.Restore(stem);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 2U);
  EXPECT_EQ(ValuesOf(model.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
}

TEST(Objects, OneSourceMayFeedSeveralVariables) {
  const std::string stem = SaveOldModel("");
  NewModel a;
  NewModel b;
  ASSERT_TRUE(a.Build(Shape{1, 3}) && b.Build(Shape{1, 3}));
  train::Checkpoint checkpoint(
      {{"old_dense1/kernel", a.dense1_new.kernel()}, {"old_dense1/kernel", b.dense1_new.kernel()}});
  const Result<Report> report = checkpoint.Restore(stem);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(ValuesOf(a.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
  EXPECT_EQ(ValuesOf(b.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
}

// The file's program made another layer first: what it calls dense_1 is our dense, and so on.
TEST(Objects, PathsDecideWhereAutomaticNamesAreShifted) {
  Saved saved;
  const std::int32_t first = saved.Object(saved.model(), "a");
  const std::int32_t second = saved.Object(saved.model(), "b");
  saved.Variable(first, "kernel", "model/a/kernel", "two/dense_1/kernel", Shape{2, 2}, 100);
  saved.Variable(first, "bias", "model/a/bias", "two/dense_1/bias", Shape{2}, 200);
  saved.Variable(second, "kernel", "model/b/kernel", "two/dense_2/kernel", Shape{2, 2}, 300);
  saved.Variable(second, "bias", "model/b/bias", "two/dense_2/bias", Shape{2}, 400);
  const std::string stem = saved.Save("shifted");

  struct Two : nn::Model {
    Two() : Model("two") {
      Track("a", a);
      Track("b", b);
    }
    Result<nn::Tensor> Call(const nn::Tensor& x) override { return a(x).and_then(b); }
    nn::Dense a{2};
    nn::Dense b{2};
  } model;
  ASSERT_TRUE(model.Build(Shape{1, 2}));
  ASSERT_EQ(model.b.kernel().full_name(), "two/dense_1/kernel");
  train::Checkpoint partial({{"vars_to_restore", model.trainable_variables()}});
  const Result<Report> report = partial.Restore(stem);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(ValuesOf(model.a.kernel()), Counting(Shape{2, 2}, 100));
  EXPECT_EQ(ValuesOf(model.b.bias()), Counting(Shape{2}, 400));
}

TEST(Objects, AutomaticNamesAreFoundInAFileOfNames) {
  nn::Sequential model({nn::Make<nn::Dense>(2)});
  ASSERT_TRUE(model.Build(Shape{1, 2}));
  const std::string prefix = ::testing::TempDir() + "Objects.names/model.ckpt-7";
  testing::TinyBundle()
      .AddFloats("dense/kernel", Shape{2, 2}, Counting(Shape{2, 2}, 100))
      .AddFloats("dense/bias", Shape{2}, Counting(Shape{2}, 200))
      .WriteTo(prefix);
  const Result<Report> report = train::Checkpoint(model).Restore(prefix);
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(ValuesOf(model.variables()[0]), Counting(Shape{2, 2}, 100));
}

TEST(Objects, AHeadOfAnotherShapeIsRefusedAndNothingChanges) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(5);
  ASSERT_TRUE(model.Build(kImage));
  const std::vector<float> conv = ValuesOf(model.variables()[0]);
  const Result<Report> report = train::Checkpoint({{"model", model}}).Restore(stem);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().ToString(), HasSubstr("[8,10]"));
  EXPECT_EQ(ValuesOf(model.variables()[0]), conv);
  // The same, with the head left out on purpose.
  EXPECT_TRUE(train::Checkpoint({{"model", model}})
                  .Restore(stem, {.select = {.exclude = {"model/head_layers/**"}}}));
  EXPECT_EQ(ValuesOf(model.variables()[0]), Counting(Shape{3, 3, 1, 2}, 100));
}

TEST(Objects, ReadTakesAnExactPrefixOnly) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  ASSERT_TRUE(model.Build(kImage));
  train::Checkpoint checkpoint({{"model", model}});
  const Result<Report> report = checkpoint.Read(stem);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().slug, "train/not-a-prefix");
  EXPECT_THAT(report.error().hint, HasSubstr(stem + "-1"));
  EXPECT_TRUE(checkpoint.Read(stem + "-1"));
}

}  // namespace
}  // namespace regraft::recipes
