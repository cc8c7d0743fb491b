// Restores that wait until a model is built.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "models.h"
#include "regraft/nn.h"
#include "regraft/train.h"

namespace regraft::recipes {
namespace {

using ::testing::HasSubstr;
using train::PendingRestore;

const std::function<void(const Error&)> kUnexpected = [](const Error& error) {
  ADD_FAILURE() << error.ToString();
};

TEST(PendingRestore, CompletesInTheFirstCallWhoseOutputAlreadyUsesTheValues) {
  const std::string stem = SaveBaseAndHead();
  const nn::Tensor x = nn::Tensor::Make(kImage, Counting(kImage, 1)).value();
  BaseAndHead restored(10);
  ASSERT_TRUE(restored.Build(kImage));
  ASSERT_TRUE(train::Checkpoint({{"model", restored}}).Restore(stem));

  BaseAndHead model(10);
  Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, kUnexpected);
  ASSERT_TRUE(pending) << pending.error().ToString();
  EXPECT_FALSE(pending->done());
  const Result<nn::Tensor> y = model(x);
  ASSERT_TRUE(y) << y.error().ToString();
  EXPECT_TRUE(pending->done());
  EXPECT_EQ(*y, restored(x).value());
  const Result<Report> report = pending->Finish();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->restored.size(), 4U);
}

TEST(PendingRestore, CompletesInBuild) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  const Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, kUnexpected);
  ASSERT_TRUE(pending);
  ASSERT_TRUE(model.Build(kImage));
  EXPECT_TRUE(pending->done());
  EXPECT_EQ(ValuesOf(model.variables()[1]), Counting(Shape{2}, 200));
}

TEST(PendingRestore, WaitsForAllThatItsModelHolds) {
  const std::string stem = SaveOldModel("old/");
  NewModel model;
  const Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}})
          .RestoreOnBuild(stem, kUnexpected, {.map = {{"model/dense1_old/", "model/dense1_new/"}}});
  ASSERT_TRUE(pending);
  ASSERT_TRUE(model.dense1_new(nn::Tensor(Shape{1, 3})));  // A part of it, on its own.
  EXPECT_FALSE(pending->done());
  ASSERT_TRUE(model(nn::Tensor(Shape{1, 3})));
  EXPECT_TRUE(pending->done());
  EXPECT_EQ(ValuesOf(model.dense1_new.kernel()), Counting(Shape{3, 4}, 100));
}

TEST(PendingRestore, RestoresAtOnceWhatIsBuilt) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  ASSERT_TRUE(model.Build(kImage));
  const Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, kUnexpected);
  ASSERT_TRUE(pending);
  EXPECT_TRUE(pending->done());
}

TEST(PendingRestore, ReportsItsFailureFromTheCallThatBuilds) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(5);  // The file's head has 10 classes.
  Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, kUnexpected);
  ASSERT_TRUE(pending);
  const Result<nn::Tensor> y = model(nn::Tensor(kImage));
  ASSERT_FALSE(y);
  EXPECT_THAT(y.error().ToString(), HasSubstr("[8,10]"));
  EXPECT_FALSE(pending->done());
  EXPECT_EQ(pending->Finish().error(), y.error());
}

TEST(PendingRestore, CannotBeDroppedInSilence) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  std::optional<Error> told;
  {
    const Result<PendingRestore> pending =
        train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, [&](const Error& error) {
          told = error;
        });
    ASSERT_TRUE(pending);
  }
  ASSERT_TRUE(told);
  EXPECT_EQ(told->slug, "train/pending-dropped");
  EXPECT_THAT(told->ToString(), HasSubstr("base_layers/0: Conv2D"));
  // What was dropped does not happen any more.
  ASSERT_TRUE(model.Build(kImage));
  EXPECT_NE(ValuesOf(model.variables()[1]), Counting(Shape{2}, 200));
}

TEST(PendingRestore, TellsAlsoWhenItIsOverwritten) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  int told = 0;
  const auto count = [&](const Error&) { ++told; };
  {
    PendingRestore first =
        train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, count).value();
    PendingRestore second =
        train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, count).value();
    first = std::move(second);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(second.Finish().error().slug, "train/no-pending");  // NOLINT: moved from.
  }
  EXPECT_EQ(told, 2);
}

TEST(PendingRestore, SaysThatTheModelIsStillNotBuilt) {
  const std::string stem = SaveBaseAndHead();
  BaseAndHead model(10);
  int told = 0;
  Result<PendingRestore> pending =
      train::Checkpoint({{"model", model}}).RestoreOnBuild(stem, [&](const Error&) { ++told; });
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->Finish().error().slug, "train/not-built");
  ASSERT_TRUE(model.Build(kImage));
  EXPECT_TRUE(pending->Finish());
  EXPECT_EQ(told, 0);
}

TEST(PendingRestore, RefusesWhatCanBeRefusedAtOnce) {
  BaseAndHead model(10);
  const train::Checkpoint checkpoint({{"model", model}});
  EXPECT_EQ(checkpoint.RestoreOnBuild(std::nullopt, kUnexpected).error().slug, "train/no-path");
  EXPECT_EQ(checkpoint.RestoreOnBuild("/nowhere/at/all", kUnexpected).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(checkpoint.RestoreOnBuild(SaveBaseAndHead(), nullptr).error().slug, "train/no-handler");
  NewModel other;  // A handle taken before the variable is there never comes to life.
  EXPECT_EQ(train::Checkpoint({{"old_dense1/kernel", other.dense1_new.kernel()}})
                .RestoreOnBuild(SaveBaseAndHead(), kUnexpected)
                .error()
                .slug,
            "train/not-built");
}

}  // namespace
}  // namespace regraft::recipes
