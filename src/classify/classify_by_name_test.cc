#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "classify/classify.h"
#include "regraft/entry.h"

namespace regraft::classify {
namespace {

struct Named {
  std::string name;
  EntryClass cls;
  Shape shape = {2};
  DType dtype = DType::kFloat32;
};

constexpr EntryClass kWeights = EntryClass::kWeights;
constexpr EntryClass kOptimizer = EntryClass::kOptimizer;
constexpr EntryClass kStep = EntryClass::kStep;
constexpr EntryClass kEma = EntryClass::kEma;
constexpr EntryClass kBnStats = EntryClass::kBnStats;

void ExpectClasses(const std::vector<Named>& wanted) {
  std::vector<Entry> entries;
  for (const Named& named : wanted) {
    Entry entry;
    entry.key = named.name;
    entry.spec = {named.dtype, named.shape};
    entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  ClassifyByName(entries);
  for (const Named& named : wanted) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& entry) { return entry.key == named.name; });
    EXPECT_EQ(ClassName(found->cls), ClassName(named.cls))
        << named.name << ": " << found->class_reason;
    EXPECT_NE(found->class_reason, "") << named.name;
  }
}

TEST(ClassifyByName, SlotsOfEveryKnownOptimizer) {
  std::vector<Named> all = {{"dense/kernel", kWeights}};
  for (const char* suffix :
       {"/Adam",     "/Adam_1",        "/Adam_5",  "/AdamW",     "/AdamW_1",   "/AdaMax_1",
        "/Nadam",    "/adam_m",        "/adam_v",  "/lamb_m",    "/lamb_v",    "/LAMB",
        "/Momentum", "/LARSOptimizer", "/RMSProp", "/RMSProp_1", "/Adagrad",   "/AdagradDA",
        "/Adadelta", "/Adadelta_1",    "/Ftrl",    "/Ftrl_1",    "/Adafactor", "_slot_v",
        "_slot_vr",  "_slot_vc",       "_slot_m"}) {
    all.push_back({std::string("dense/kernel") + suffix, kOptimizer});
  }
  ExpectClasses(all);
}

TEST(ClassifyByName, SlotNeedsItsVariable) {
  ExpectClasses({{"Adam", kWeights},
                 {"players/Adam", kWeights},
                 {"dense/kernel/Momentum", kWeights},
                 {"w_slot_v", kWeights},
                 {"other/kernel", kWeights}});
}

TEST(ClassifyByName, SlotHasTheShapeOfItsVariable) {
  ExpectClasses({{"people", kWeights, {7}}, {"people/Adam", kWeights, {3}}});
  // Factored moments have other shapes.
  ExpectClasses(
      {{"w", kWeights, {3, 4}}, {"w/Adafactor", kOptimizer, {3}}, {"w_slot_vr", kOptimizer, {3}}});
}

TEST(ClassifyByName, SlotMayStandInTheScopeOfItsOptimizer) {
  ExpectClasses({{"dense/kernel", kWeights},
                 {"train/dense/kernel/Adam", kOptimizer},
                 {"a/b/dense/kernel/Adam_1", kOptimizer}});
}

TEST(ClassifyByName, PowersCountOnlyBesideAdam) {
  ExpectClasses({{"w", kWeights},
                 {"w/Adam", kOptimizer},
                 {"beta1_power", kOptimizer, {}},
                 {"beta2_power_1", kOptimizer, {}},
                 {"training/beta2_power", kOptimizer, {}}});
  ExpectClasses({{"w", kWeights}, {"w/Adagrad", kOptimizer}, {"beta1_power", kWeights, {}}});
}

// As TensorFlow 1.15 names them: "training/Adagrad/dnn/logits/bias/accumulator".
TEST(ClassifyByName, KerasOptimizersInGraphMode) {
  ExpectClasses({{"dense/kernel", kWeights},
                 {"training/Adam/dense/kernel/m", kOptimizer},
                 {"training/Adam/dense/kernel/v", kOptimizer},
                 {"training/Adam/iter", kOptimizer, {}, DType::kInt64},
                 {"training/Adam/beta_1", kOptimizer, {}},
                 {"training/Adam/learning_rate", kOptimizer, {}},
                 {"SGD/dense/kernel/momentum", kOptimizer},
                 {"attention/dense/kernel/v", kWeights},
                 {"other/learning_rate", kWeights, {}},
                 {"q/m", kWeights}});
}

TEST(ClassifyByName, StepsAreScalarIntegers) {
  ExpectClasses({{"global_step", kStep, {}, DType::kInt64},
                 {"global_step_cls", kStep, {}, DType::kInt32},
                 {"train/step", kStep, {}, DType::kInt32},
                 {"epoch", kStep, {}, DType::kInt64},
                 {"a/step", kWeights, {3}, DType::kInt64},
                 {"b/step", kWeights, {}, DType::kFloat32},
                 {"steps_embedding", kWeights, {}, DType::kInt64}});
  ExpectClasses({{"global_step", kStep, {}, DType::kFloat32}});
}

TEST(ClassifyByName, StatisticsOfBatchNormalization) {
  ExpectClasses({{"bn/moving_mean", kBnStats},
                 {"bn/moving_variance", kBnStats},
                 {"slim/moving_mean", kBnStats},
                 {"slim/beta", kWeights},
                 {"alone/moving_mean", kWeights},
                 {"bn/moving_mean/biased", kBnStats},
                 {"bn/moving_mean/local_step", kBnStats, {}}});
}

TEST(ClassifyByName, AveragesNeedTheirVariable) {
  ExpectClasses({{"w", kWeights},
                 {"w/ExponentialMovingAverage", kEma},
                 {"bn/moving_mean", kBnStats},
                 {"bn/moving_variance", kBnStats},
                 {"bn/moving_mean/ExponentialMovingAverage", kEma},
                 {"gone/ExponentialMovingAverage", kWeights}});
}

TEST(ClassName, ReadsBack) {
  for (const EntryClass cls : {kWeights, kOptimizer, kStep, kEma, kBnStats, EntryClass::kMeta}) {
    EXPECT_EQ(ParseClass(ClassName(cls)), cls);
  }
  EXPECT_EQ(ClassName(EntryClass::kBnStats), "@bn-stats");
  EXPECT_EQ(ParseClass("weights"), std::nullopt);
}

}  // namespace
}  // namespace regraft::classify
