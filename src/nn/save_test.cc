// The edges by which the programs of either Keras find what is saved here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/nn.h"
#include "regraft/train.h"
#include "testing/checkpoint_folder.h"

namespace regraft::nn {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

TEST(SavedModel, HasTheEdgesOfBothKeras) {
  const regraft::testing::CheckpointFolder folder;
  Sequential model({Make<Embedding>(4, 2), Make<Flatten>(), Make<Dense>(3)});
  ASSERT_TRUE(model.Build(Shape{1, 5}));
  const auto saved = train::Checkpoint({{"model", model}}).Write(folder / "ck");
  ASSERT_TRUE(saved) << saved.error().ToString();
  const auto reader = CheckpointReader::Open(*saved);
  ASSERT_TRUE(reader);
  std::vector<std::string> keys;
  for (const Entry& entry : reader->entries()) {
    if (entry.cls != EntryClass::kMeta) keys.push_back(entry.paths.front());
  }
  EXPECT_THAT(
      keys, ElementsAre("model/layer_with_weights-0/embeddings", "model/layer_with_weights-1/bias",
                        "model/layer_with_weights-1/kernel"));
  const auto paths = [&](const char* path) {
    return reader->Find(std::string(path) + "/.ATTRIBUTES/VARIABLE_VALUE")->paths;
  };
  EXPECT_THAT(paths("model/layer_with_weights-0/embeddings"),
              Contains("model/_functional/_operations/1/_embeddings"));
  EXPECT_THAT(paths("model/layer_with_weights-1/kernel"), Contains("model/_operations/3/_kernel"));
}

TEST(SavedModel, IsRestoredBitForBit) {
  const regraft::testing::CheckpointFolder folder;
  const auto layers = [] {
    return std::vector<LayerPtr>{Make<Conv2D>(2, 3), Make<BatchNormalization>(), Make<Flatten>(),
                                 Make<Dense>(3)};
  };
  Sequential model(layers(), {.seed = 4});
  Sequential other(layers(), {.seed = 5});
  const Tensor x = [] {
    Tensor image(Shape{1, 5, 5, 1});
    for (float& point : image.mutable_data()) point = 0.5F;
    return image;
  }();
  const Tensor expected = model(x).value();
  ASSERT_FALSE(other(x).value() == expected);
  ASSERT_TRUE(train::Checkpoint({{"model", model}}).Save(folder / "ck"));
  const auto report = train::Checkpoint({{"model", other}}).Restore(folder.path());
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_EQ(report->restored.size(), 8U);
  EXPECT_EQ(other(x).value(), expected);
}

}  // namespace
}  // namespace regraft::nn
