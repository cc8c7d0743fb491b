#include "regraft/part_kind.h"

#include <gtest/gtest.h>

namespace regraft {
namespace {

TEST(PartKind, EveryLetterComesBack) {
  for (const PartKind kind : {PartKind::kGiven, PartKind::kPlace, PartKind::kNumbered,
                              PartKind::kSpelling, PartKind::kNone}) {
    EXPECT_EQ(ParsePartKind(PartKindLetter(kind)), kind);
  }
  EXPECT_EQ(ParsePartKind('x'), std::nullopt);
}

TEST(PartKind, ACountHasNoLeadingZeros) {
  EXPECT_EQ(CountOf("dense_12").stem, "dense");
  EXPECT_EQ(CountOf("dense_12").number, 12u);
  EXPECT_EQ(CountOf("dense").number, 0u);
  for (const char* text :
       {"dense_0", "dense_01", "dense12", "_1", "dense_", "dense_99999999999999999999"}) {
    EXPECT_EQ(CountOf(text).stem, text);
  }
}

TEST(PartKind, KerasClassesAndUnnamedVariablesAreAutomatic) {
  for (const char* text : {"dense", "dense_1", "conv2d", "batch_normalization_3", "sequential",
                           "Variable", "Variable_1", "forward_gru", "backward_lstm_2"}) {
    EXPECT_TRUE(IsAutomaticName(text)) << text;
  }
  for (const char* text :
       {"my_dense", "conv_1", "fc1", "Dense", "variables", "dense_x", "forward_x", "forward_"}) {
    EXPECT_FALSE(IsAutomaticName(text)) << text;
  }
}

TEST(PartKind, AnEdgeTellsWhoChoseIt) {
  for (const char* text : {"0", "12", "layer-1", "layer_with_weights-0"}) {
    EXPECT_EQ(KindOfPathPart(text), PartKind::kPlace) << text;
  }
  for (const char* text : {"a", "kernel", "layer-x", "layer_with_weights-", "_operations"}) {
    EXPECT_EQ(KindOfPathPart(text), PartKind::kGiven) << text;
  }
  for (const char* text :
       {"keras_api", "_self_tracked", "variables", "_trainable_variables", "_all_variables"}) {
    EXPECT_EQ(KindOfPathPart(text), PartKind::kNone) << text;
  }
  EXPECT_EQ(KindOfPathPart("_functional"), PartKind::kSpelling);
}

}  // namespace
}  // namespace regraft
