// Editing the object graphs of real files.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "corpus.h"
#include "object_graph/edit.h"
#include "regraft/checkpoint.h"

namespace regraft {
namespace {

using object_graph::Edit;
using object_graph::Edited;
using object_graph::Part;

void ForEachGraph(const std::function<void(const ObjectGraph&)>& check) {
  std::size_t graphs = 0;
  for (const CorpusItem& item : CorpusItems("V2-object")) {
    SCOPED_TRACE(item.path);
    const auto opened = CheckpointReader::Open(item.path);
    ASSERT_TRUE(opened) << opened.error().ToString();
    ASSERT_NE(opened->object_graph(), nullptr);
    check(*opened->object_graph());
    ++graphs;
  }
  EXPECT_GT(graphs, 20u);
}

std::vector<ObjectGraph::Place> Everything(const ObjectGraph& graph) {
  return {graph.by_key().begin(), graph.by_key().end()};
}

std::vector<std::string> SortedPaths(const ObjectGraph& graph, std::int32_t node) {
  std::vector<std::string> paths = graph.PathsTo(node);
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::size_t SlotsOf(std::span<const ObjectGraph::Node> nodes) {
  std::size_t slots = 0;
  for (const ObjectGraph::Node& node : nodes) slots += node.slots.size();
  return slots;
}

TEST(EditCorpus, ANewPrefixReachesEverythingAndTakenAwayLeavesTheFileAsItWas) {
  ForEachGraph([](const ObjectGraph& graph) {
    Part there{&graph,
               "",
               Everything(graph),
               [](const std::string& path) { return path.empty() ? "zz" : "zz/" + path; },
               {}};
    const auto prefixed = Edit({&there, 1});
    ASSERT_TRUE(prefixed) << prefixed.error().ToString();
    const auto inner = ObjectGraph::Parse(prefixed->message);
    ASSERT_TRUE(inner);
    EXPECT_EQ(SlotsOf(inner->nodes()), SlotsOf(graph.nodes()));

    Part back{&*inner,
              "",
              Everything(*inner),
              [](const std::string& path) { return path.size() < 3 ? "" : path.substr(3); },
              {}};
    const auto restored = Edit({&back, 1});
    ASSERT_TRUE(restored) << restored.error().ToString();
    const auto again = ObjectGraph::Parse(restored->message);
    ASSERT_TRUE(again);
    EXPECT_EQ(SlotsOf(again->nodes()), SlotsOf(graph.nodes()));

    ASSERT_EQ(again->by_key().size(), graph.by_key().size());
    for (std::size_t i = 0; i < there.kept.size(); ++i) {
      const ObjectGraph::Attribute& old = graph.At(there.kept[i]);
      const ObjectGraph::Place moved = inner->FindKey(prefixed->keys[0][i]);
      ASSERT_GE(moved.node, 0);
      for (const std::string& path : inner->PathsTo(moved.node))
        EXPECT_EQ(path.substr(0, 3), "zz/");
      const ObjectGraph::Place place = again->FindKey(old.checkpoint_key);
      ASSERT_GE(place.node, 0) << old.checkpoint_key;
      EXPECT_EQ(again->At(place).full_name, old.full_name);
      EXPECT_EQ(SortedPaths(*again, place.node), SortedPaths(graph, there.kept[i].node));
    }
  });
}

TEST(EditCorpus, EveryHalfOfTheValuesKeepsItsNames) {
  ForEachGraph([](const ObjectGraph& graph) {
    for (std::size_t half : {0u, 1u}) {
      Part part{&graph, "", {}, {}, {}};
      for (std::size_t i = half; i < graph.by_key().size(); i += 2) {
        part.kept.push_back(graph.by_key()[i]);
      }
      const auto edited = Edit({&part, 1});
      ASSERT_TRUE(edited) << edited.error().ToString();
      const auto pruned = ObjectGraph::Parse(edited->message);
      ASSERT_TRUE(pruned);
      EXPECT_EQ(pruned->by_key().size(), part.kept.size());
      std::set<std::string> keys;
      for (std::size_t i = 0; i < part.kept.size(); ++i) {
        const std::string& key = edited->keys[0][i];
        EXPECT_TRUE(keys.insert(key).second) << key;
        const std::int32_t node = pruned->NodeOfKey(key);
        ASSERT_GE(node, 0) << key;
        // Elements of an optimizer's lists have other numbers now, but not other lists.
        EXPECT_EQ(pruned->PathsTo(node).size(), graph.PathsTo(part.kept[i].node).size()) << key;
        if (graph.At(part.kept[i]).checkpoint_key.find("optimizer") == std::string::npos) {
          EXPECT_EQ(key, graph.At(part.kept[i]).checkpoint_key);
        }
      }
      EXPECT_LE(edited->nodes.size(), graph.nodes().size());
    }
  });
}

}  // namespace
}  // namespace regraft
