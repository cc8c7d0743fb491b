#include "regraft/live_objects.h"

#include <gtest/gtest.h>

#include "regraft/object_graph.h"

namespace regraft {
namespace {

using Kind = LiveObjects::EdgeKind;
using Node = LiveObjects::Node;

std::vector<std::string> Texts(const LiveObjects& objects, std::size_t node) {
  std::vector<std::string> texts;
  for (const LiveObjects::Path& path : objects.PathsTo(node)) texts.push_back(path.Text());
  return texts;
}

TEST(LiveObjects, AreFoundByEveryPathShortestFirstAndNoneGoesThroughANodeTwice) {
  const LiveObjects objects({
      {.edges = {{1, "a"}, {2, "b"}}},
      {.edges = {{2, "c"}, {0, "up"}}},
      {.edges = {{1, "back"}, {3, "v.w/x"}}},
      {.value = true},
  });
  EXPECT_EQ(Texts(objects, 0), std::vector<std::string>{""});
  EXPECT_EQ(Texts(objects, 1), (std::vector<std::string>{"a", "b/back"}));
  EXPECT_EQ(Texts(objects, 3), (std::vector<std::string>{"b/v.w/x", "a/c/v.w/x"}));
  EXPECT_EQ(objects.PathsTo(3)[0].parts, (std::vector<std::string>{"b", "v.w/x"}));
  EXPECT_EQ(objects.KeyByNumber(3), "");
}

TEST(LiveObjects, HaveNoPathIfNoEdgeLeadsToThem) {
  const LiveObjects objects({{}, {.value = true}});
  EXPECT_TRUE(objects.PathsTo(1).empty());
}

TEST(LiveObjects, HaveAtMostSoManyPaths) {
  std::vector<Node> nodes(8);
  for (std::int32_t from = 0; from < 8; ++from) {
    for (std::int32_t to = 0; to < 8; ++to) {
      nodes[static_cast<std::size_t>(from)].edges.push_back({to, std::to_string(to)});
    }
  }
  EXPECT_EQ(LiveObjects(std::move(nodes)).PathsTo(7).size(), ObjectGraph::kMaxPaths);
}

TEST(LiveObjects, HaveTheNamesOfOneKerasInAPathThoseOfKeras2First) {
  const LiveObjects objects({
      {.edges = {{1, "_layers", Kind::kKeras3}, {1, "layer-0", Kind::kKeras2}}},
      {.edges = {{2, "_kernel", Kind::kKeras3}, {2, "kernel", Kind::kKeras2}, {2, "plain"}}},
      {.value = true},
  });
  EXPECT_EQ(Texts(objects, 2), (std::vector<std::string>{"layer-0/kernel", "layer-0/plain",
                                                         "_layers/_kernel", "_layers/plain"}));
}

TEST(LiveObjects, AreFoundByMereNumbersIfNothingElseLeadsThere) {
  const LiveObjects objects({
      {.edges = {{1, "optimizer"}}, .optimizer = false},
      {.edges = {{2, "_variables", Kind::kNumber}, {4, "rate"}}, .optimizer = true},
      {.edges = {{3, "0"}, {4, "1"}}},
      {.value = true},
      {.value = true},
  });
  EXPECT_EQ(Texts(objects, 3), std::vector<std::string>{"optimizer/_variables/0"});
  EXPECT_EQ(Texts(objects, 4), std::vector<std::string>{"optimizer/rate"});
}

TEST(LiveObjects, ThatKeras3KeepsFromTensorFlowAreNumbersInItsFiles) {
  const LiveObjects objects({
      {.edges = {{1, "blocks.", Kind::kExtra}, {2, "optimizer"}}},
      {.edges = {{3, "0"}}},
      {.edges = {{4, "list.", Kind::kNumber}}, .optimizer = true},
      {.value = true},
      {.edges = {{3, "0"}}},
  });
  EXPECT_EQ(objects.KeyByNumber(3), "optimizer/list../0/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(objects.KeyByNumber(2), "");
}

TEST(LiveObjects, TellKeysOfADictFromPlacesInAList) {
  const LiveObjects objects({
      {.edges = {{1, "dict"}, {2, "list"}}},
      {.edges = {{2, "7"}}, .has_keys = true},
      {.edges = {{3, "0"}, {4, "a/b"}}},
      {.value = true},
      {.value = true},
  });
  const auto& paths = objects.PathsTo(3);
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_TRUE(paths[0].kinds.empty());  // list/0: no number is a key, so that the parts tell.
  EXPECT_EQ(paths[1].kinds,
            (std::vector<PartKind>{PartKind::kGiven, PartKind::kGiven, PartKind::kPlace}));
  // A part with a slash would be two.
  for (const LiveObjects::Path& path : objects.PathsTo(4)) EXPECT_TRUE(path.kinds.empty());
}

TEST(LiveObjects, AreAnOptimizersIfNothingElseHasThemAndTheyAreNotOfTheModel) {
  const LiveObjects objects({
      {.edges = {{1, "model"}, {2, "optimizer"}}},
      {.edges = {{3, "kernel"}, {2, "optimizer"}}},
      {.edges = {{4, "m"}, {5, "_trainable_variables"}, {3, "also"}}, .optimizer = true},
      {.value = true},
      {.value = true},
      {.edges = {{6, "0"}}},
      {.value = true},
  });
  EXPECT_TRUE(objects.IsOptimizers(2));
  EXPECT_TRUE(objects.IsOptimizers(4));
  EXPECT_FALSE(objects.IsOptimizers(3));
  EXPECT_FALSE(objects.IsOptimizers(6));
}

TEST(LiveObjects, HaveKeysOfSlotsForEveryPathOfBoth) {
  const LiveObjects objects({
      {.edges = {{1, "a.b"}, {1, "c"}, {2, "opt"}}},
      {.value = true},
      {.optimizer = true},
  });
  EXPECT_EQ(objects.SlotKeys(1, "m/x", 2),
            (std::vector<std::string>{"a..b/.OPTIMIZER_SLOT/opt/m.Sx/.ATTRIBUTES/VARIABLE_VALUE",
                                      "c/.OPTIMIZER_SLOT/opt/m.Sx/.ATTRIBUTES/VARIABLE_VALUE"}));
}

}  // namespace
}  // namespace regraft
