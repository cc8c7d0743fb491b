#include "classify/entry_names.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/names.h"
#include "regraft/naming.h"

namespace regraft {
namespace {

using ::testing::ElementsAre;

constexpr const char* kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

Entry Stored(std::vector<std::string> paths, std::string full_name,
             EntryClass cls = EntryClass::kWeights) {
  Entry entry;
  entry.key = paths[0] + kSuffix;
  entry.paths = std::move(paths);
  entry.full_name = std::move(full_name);
  entry.cls = cls;
  return entry;
}

Entry Slot(Entry entry, const Entry& variable, std::string slot, std::string optimizer) {
  entry.cls = EntryClass::kOptimizer;
  entry.slot = std::move(slot);
  entry.slot_of = variable.key;
  entry.optimizer = std::move(optimizer);
  return entry;
}

std::vector<std::string> NamesOf(std::vector<Entry> entries) {
  classify::NameEntries(entries);
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

TEST(NameEntries, TakesAPathThatAPersonChoseWhereverItStands) {
  EXPECT_THAT(NamesOf({Stored({"model/a/_kernel"}, "net/kernel"),
                       Stored({"optimizer/_trainable_variables/1", "model/a/bias"}, "net/bias"),
                       Stored({"model/layer-1/w", "model/head/w"}, "dense/w"),
                       Stored({"step"}, "step", EntryClass::kStep)}),
              ElementsAre("model/a/_kernel", "model/a/bias", "model/head/w", "step"));
}

TEST(NameEntries, OfRowsOfLayersOfKeras2AreTheNamesOfTheLayers) {
  EXPECT_THAT(NamesOf({Stored({"model/layer_with_weights-0/kernel", "model/layer-1/kernel"},
                              "conv2d_1/kernel"),
                       Stored({"layer_with_weights-1/bias"}, "dense/bias")}),
              ElementsAre("model/conv2d_1/kernel", "dense/bias"));
}

TEST(NameEntries, OfRowsOfLayersOfKeras3AreTheNamesOfTheLayers) {
  EXPECT_THAT(NamesOf({Stored({"optimizer/_trainable_variables/0", "model/_operations/1/_kernel"},
                              "a/kernel"),
                       Stored({"model/_functional/_operations/2/bias"}, "sequential/b/bias"),
                       Stored({"_layers/3/gamma"}, "bn/gamma")}),
              ElementsAre("model/a/kernel", "model/b/bias", "bn/gamma"));
}

TEST(NameEntries, TakesAsManyPartsAsStandBelowTheRow) {
  EXPECT_THAT(NamesOf({Stored({"model/layer_with_weights-1/forward_layer/cell/kernel"},
                              "bidirectional/forward_lstm/lstm_cell_1/kernel"),
                       Stored({"model/layer_with_weights-0/layer_with_weights-2/kernel"},
                              "block1_conv1/kernel")}),
              ElementsAre("model/bidirectional/forward_lstm/lstm_cell_1/kernel",
                          "model/block1_conv1/kernel"));
}

TEST(NameEntries, KnowTheLayerWhereKeras3LeavesOutTheInnerNames) {
  EXPECT_THAT(
      NamesOf({Stored({"model/_functional/_operations/1/d/_kernel"}, "sequential/block/kernel"),
               Stored({"model/_functional/_operations/2/d/_kernel"}, "sequential/block_1/kernel"),
               Stored({"net/_operations/1/d/e/bias"}, "block_2/bias"),
               Stored({"net/_operations/2/d/bias"}, "block_3/dense/bias")}),
      ElementsAre("model/block/d/_kernel", "model/block_1/d/_kernel", "net/block_2/d/e/bias",
                  "net/block_3/dense/bias"));
}

TEST(NameEntries, KeepsThePathIfTheOwnNameDoesNotFitBehindTheRow) {
  EXPECT_THAT(NamesOf({Stored({"model/layer_with_weights-0/w"}, "Variable"),
                       Stored({"model/layer_with_weights-1/kernel"}, "other/weight"),
                       Stored({"model/layer_with_weights-2/sub/kernel"}, "dense/kernel"),
                       Stored({"model/layer_with_weights-3/cells/0/kernel"}, "rnn/cell/x/kernel")}),
              ElementsAre("model/layer_with_weights-0/w", "model/layer_with_weights-1/kernel",
                          "model/layer_with_weights-2/sub/kernel",
                          "model/layer_with_weights-3/cells/0/kernel"));
}

TEST(NameEntries, KeepsTheNumbersOfListsThatAPersonMade) {
  EXPECT_THAT(NamesOf({Stored({"model/blocks/0/kernel"}, "net/dense/kernel"),
                       Stored({"models/1/layer_with_weights-0/kernel"}, "dense_3/kernel")}),
              ElementsAre("model/blocks/0/kernel", "models/1/dense_3/kernel"));
}

TEST(NameEntries, NeverCallsAWeightByItsPlaceInAnOptimizer) {
  EXPECT_THAT(NamesOf({Stored({"optimizer/_trainable_variables/0"}, "net/dense/kernel")}),
              ElementsAre("net/dense/kernel"));
}

TEST(NameEntries, OfAFileOfNamesAreItsKeys) {
  Entry variable;
  variable.key = variable.full_name = "dense/kernel";
  Entry slot;
  slot.key = slot.full_name = "dense/kernel/Adam";
  slot = Slot(slot, variable, "Adam", "");
  EXPECT_THAT(NamesOf({variable, slot}), ElementsAre("dense/kernel", "dense/kernel/Adam"));
}

TEST(NameEntries, CallASlotByItsVariable) {
  const Entry variable = Stored({"model/_operations/1/_kernel"}, "a/kernel");
  Entry legacy;
  legacy.key = "model/_operations/1/_kernel/.OPTIMIZER_SLOT/optimizer/m" + std::string(kSuffix);
  EXPECT_THAT(NamesOf({variable,
                       Slot(Stored({"optimizer/_variables/2", "optimizer/_momentums/0"},
                                   "adam/a_kernel_momentum"),
                            variable, "momentum", "optimizer"),
                       Slot(legacy, variable, "m", "optimizer"),
                       Stored({"optimizer/_iterations", "optimizer/_variables/0"}, "adam/iteration",
                              EntryClass::kOptimizer)}),
              ElementsAre("model/a/kernel", "optimizer/momentum/model/a/kernel",
                          "optimizer/m/model/a/kernel", "optimizer/_iterations"));
}

TEST(NameEntries, OfASlotWhoseVariableIsNotKnownIsItsPath) {
  EXPECT_THAT(
      NamesOf({Stored({"optimizer/_momentums/0"}, "adam/momentum", EntryClass::kOptimizer)}),
      ElementsAre("optimizer/_momentums/0"));
}

TEST(NameEntries, GoBackToPathsWhereSeveralWouldHaveOne) {
  EXPECT_THAT(NamesOf({Stored({"model/layer_with_weights-0/kernel"}, "dense/kernel"),
                       Stored({"model/layer_with_weights-1/kernel"}, "dense/kernel"),
                       Stored({"model/layer_with_weights-2/kernel"}, "head/kernel")}),
              ElementsAre("model/layer_with_weights-0/kernel", "model/layer_with_weights-1/kernel",
                          "model/head/kernel"));
}

TEST(NameEntries, AreNotTakenFromWhatIsCalledSoAlready) {
  EXPECT_THAT(NamesOf({Stored({"model/layer_with_weights-0/kernel"}, "a/kernel"),
                       Stored({"model/a/kernel"}, "b/kernel")}),
              ElementsAre("model/layer_with_weights-0/kernel", "model/a/kernel"));
}

TEST(NameEntries, OfWhatIsNoVariableIsItsKey) {
  Entry graph;
  graph.key = "_CHECKPOINTABLE_OBJECT_GRAPH";
  graph.cls = EntryClass::kMeta;
  Entry root;  // A variable that is the root itself.
  root.key = std::string(kSuffix).substr(1);
  root.paths = {""};
  EXPECT_THAT(NamesOf({graph, root}),
              ElementsAre("_CHECKPOINTABLE_OBJECT_GRAPH", ".ATTRIBUTES/VARIABLE_VALUE"));
}

TEST(ReadableNames, BelieveTheOwnerOfADictionaryThatANumberIsAKey) {
  const std::vector<std::string> paths = {"model/layers/7/kernel"};
  const std::vector<std::vector<PartKind>> kinds = {
      {PartKind::kGiven, PartKind::kGiven, PartKind::kGiven, PartKind::kGiven}};
  Naming thing;
  thing.paths = paths;
  thing.path_kinds = kinds;
  thing.full_name = "dense/kernel";
  EXPECT_THAT(ReadableNames(std::vector{thing}), ElementsAre("model/layers/7/kernel"));
}

// Files of few parts, so that names meet in every way.
std::vector<Entry> RandomEntries(std::mt19937& random) {
  const std::vector<std::string> parts = {"model",
                                          "a",
                                          "b",
                                          "layer_with_weights-0",
                                          "layer-1",
                                          "_operations/1",
                                          "_layers/0",
                                          "0",
                                          "_functional",
                                          "optimizer/_trainable_variables/0",
                                          "optimizer/_variables/1"};
  const std::vector<std::string> names = {
      "kernel",         "a/kernel",   "b/kernel", "dense/kernel",
      "model/a/kernel", "s/a/kernel", "",         "model/a"};
  const auto pick = [&](const auto& from) { return from[random() % from.size()]; };
  std::map<std::string, Entry> entries;
  std::set<std::string> all_paths;
  for (std::size_t i = 0, count = 1 + random() % 12; i < count; ++i) {
    Entry entry;
    for (std::size_t p = 0, ways = 1 + random() % 3; p < ways; ++p) {
      std::string path;
      for (std::size_t n = random() % 4; n > 0; --n) path += pick(parts) + "/";
      path += random() % 2 ? "kernel" : "_kernel";
      // One path leads to one variable.
      if (all_paths.insert(path).second) entry.paths.push_back(path);
    }
    if (entry.paths.empty()) continue;
    entry.key = entry.paths[random() % entry.paths.size()] + kSuffix;
    entry.full_name = pick(names);
    if (random() % 4 == 0) {
      entry.cls = EntryClass::kOptimizer;
      entry.slot = random() % 2 ? "m" : "a";
      entry.optimizer = random() % 2 ? "optimizer" : "";
      if (!entries.empty() && entries.begin()->second.cls == EntryClass::kWeights) {
        entry.slot_of = entries.begin()->first;
      }
    }
    entries.emplace(entry.key, entry);
  }
  std::vector<Entry> out;
  for (auto& [key, entry] : entries) out.push_back(entry);
  return out;
}

TEST(NameEntries, AreUniqueAndCallNothingElse) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    Catalog catalog;
    catalog.has_graph = catalog.has_objects = true;
    catalog.entries = RandomEntries(random);
    std::vector<std::set<std::string>> before;  // Every spelling without the names.
    for (const Entry& entry : catalog.entries) {
      const std::vector<std::string> spellings = SpellingsOf(entry);
      before.emplace_back(spellings.begin(), spellings.end());
    }
    classify::NameEntries(catalog.entries);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < catalog.entries.size(); ++i) {
      const Entry& entry = catalog.entries[i];
      ASSERT_FALSE(entry.name.empty());
      ASSERT_TRUE(seen.insert(entry.name).second) << entry.name << " in round " << round;
      if (before[i].contains(entry.name)) continue;
      const auto hit = FindByName(catalog, entry.name);
      ASSERT_TRUE(hit) << entry.name << " in round " << round;
      ASSERT_EQ(hit->entry, i) << entry.name << " in round " << round;
    }
  }
}

TEST(NameEntries, TakeNoQuadraticTime) {
  // Half of them would have one name, and their slots one of theirs: minutes if each were
  // compared with each.
  std::vector<Entry> entries;
  for (int i = 0; i < 100'000; ++i) {
    entries.push_back(Stored({fmt::format("model/layer_with_weights-{}/kernel", i)},
                             i % 2 ? "dense/kernel" : fmt::format("dense_{}/kernel", i)));
    Entry slot = Stored({fmt::format("optimizer/_momentums/{}", i)}, "m", EntryClass::kOptimizer);
    entries.push_back(Slot(std::move(slot), entries.back(), "momentum", "optimizer"));
  }
  const std::vector<std::string> names = NamesOf(std::move(entries));
  EXPECT_EQ(names[4], "model/dense_2/kernel");
  EXPECT_EQ(names[3], "optimizer/momentum/model/layer_with_weights-1/kernel");
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 200'000u);
}

}  // namespace
}  // namespace regraft
