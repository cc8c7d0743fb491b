#include "object_graph/keras.h"

#include <gtest/gtest.h>

namespace regraft::object_graph {
namespace {

TEST(IsNoName, IsTrueOfBookkeepingWhereverItIs) {
  for (const char* path :
       {"optimizer/_trainable_variables/0", "_trainable_variables/0",
        "optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE", "trainable_variables/3",
        "model/layer/non_trainable_variables/1", "_non_trainable_variables/1", "_all_variables/2",
        "model/keras_api/metrics/0/total", "model/_self_tracked_trackables/1/kernel"}) {
    EXPECT_TRUE(IsNoName(path)) << path;
  }
}

TEST(IsNoName, IsFalseOfWhatIsOnlyCalledAlike) {
  for (const char* path :
       {"", "model/kernel", "my_trainable_variables/0", "model/all_variables/0",
        "optimizer/_variables/1", "variables/0", "keras_api_2/w", "my_self_/w"}) {
    EXPECT_FALSE(IsNoName(path)) << path;
  }
}

TEST(WithoutListingOptimizer, LeavesTheObjectThatHasTheOptimizer) {
  EXPECT_EQ(WithoutListingOptimizer("optimizer/_trainable_variables/0"), "_trainable_variables/0");
  EXPECT_EQ(WithoutListingOptimizer("net/optimizer/_trainable_variables/0"),
            "net/_trainable_variables/0");
  EXPECT_EQ(WithoutListingOptimizer("net/opt/inner_optimizer/_trainable_variables/12"),
            "net/_trainable_variables/12");
  EXPECT_EQ(WithoutListingOptimizer("_trainable_variables/0"), "_trainable_variables/0");
  EXPECT_EQ(WithoutListingOptimizer("keras_api/metrics/0/total"), "keras_api/metrics/0/total");
}

}  // namespace
}  // namespace regraft::object_graph
