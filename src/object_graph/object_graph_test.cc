#include "regraft/object_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "testing/prefixes.h"
#include "testing/tiny_bundle.h"
#include "wire/messages.h"

namespace regraft {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TinyGraph;

ObjectGraph Parsed(const wire::ObjectGraph& graph) {
  auto parsed = ObjectGraph::Parse(wire::EncodeObjectGraph(graph));
  EXPECT_TRUE(parsed) << parsed.error().ToString();
  return parsed ? *std::move(parsed) : ObjectGraph();
}
ObjectGraph Parsed(const TinyGraph& graph) { return Parsed(graph.graph()); }
std::vector<std::string> PathsTo(const TinyGraph& tiny, std::int32_t node) {
  const ObjectGraph graph = Parsed(tiny);
  return graph.PathsTo(node);
}

// Nodes with nothing but edges "e" to the numbers given.
wire::ObjectGraph Edges(const std::vector<std::vector<std::int32_t>>& edges) {
  wire::ObjectGraph graph;
  for (const auto& children : edges) {
    wire::TrackableObject& node = graph.nodes.emplace_back();
    for (const std::int32_t child : children) {
      node.children.push_back({child, "e" + std::to_string(child)});
    }
  }
  return graph;
}

TEST(ObjectGraph, KeepsWhatTheMessageSays) {
  TinyGraph tiny;
  const auto model = tiny.AddNode(0, "model");
  const auto kernel = tiny.AddVariable(model, "kernel", "model/kernel", "dense/kernel");
  const auto optimizer = tiny.AddNode(0, "optimizer");
  const auto slot = tiny.AddSlot(optimizer, "optimizer", kernel, "m", "Adam/dense/kernel/m");
  tiny.graph().nodes[1].has_checkpoint_values = false;
  tiny.graph().nodes[2].has_checkpoint_values = std::nullopt;
  tiny.graph().nodes[1].registered_saver = wire::RegisteredSaver{"saver", "object"};

  const ObjectGraph graph = Parsed(tiny);
  ASSERT_THAT(graph.nodes(), SizeIs(5));
  const auto& root = graph.nodes()[0];
  ASSERT_THAT(root.children, SizeIs(2));
  EXPECT_EQ(root.children[1].name, "optimizer");
  EXPECT_EQ(root.children[1].node, optimizer);
  const auto& variable = graph.nodes()[static_cast<std::size_t>(kernel)];
  ASSERT_THAT(variable.attributes, SizeIs(1));
  EXPECT_EQ(variable.attributes[0].name, "VARIABLE_VALUE");
  EXPECT_EQ(variable.attributes[0].full_name, "dense/kernel");
  EXPECT_EQ(variable.attributes[0].checkpoint_key, "model/kernel/.ATTRIBUTES/VARIABLE_VALUE");
  const auto& slots = graph.nodes()[static_cast<std::size_t>(optimizer)].slots;
  ASSERT_THAT(slots, SizeIs(1));
  EXPECT_EQ(slots[0].variable, kernel);
  EXPECT_EQ(slots[0].name, "m");
  EXPECT_EQ(slots[0].slot, slot);
  EXPECT_EQ(graph.nodes()[1].has_values, false);
  EXPECT_EQ(graph.nodes()[2].has_values, std::nullopt);
  EXPECT_EQ(graph.nodes()[1].registered_saver, "saver");
}

TEST(ObjectGraph, FindsTheNodeOfAKey) {
  TinyGraph tiny;
  const auto b = tiny.AddVariable(0, "b", "b", "b");
  const auto a = tiny.AddVariable(0, "a", "a", "a");
  const ObjectGraph graph = Parsed(tiny);
  EXPECT_EQ(graph.NodeOfKey("a/.ATTRIBUTES/VARIABLE_VALUE"), a);
  EXPECT_EQ(graph.NodeOfKey("b/.ATTRIBUTES/VARIABLE_VALUE"), b);
  EXPECT_EQ(graph.NodeOfKey("a/.ATTRIBUTES/VARIABLE_VALU"), -1);
  EXPECT_EQ(graph.NodeOfKey("z"), -1);
}

TEST(ObjectGraph, ListsAttributesByTheirKeys) {
  TinyGraph tiny;
  tiny.AddVariable(0, "b", "b", "of b");
  tiny.AddVariable(0, "a", "a", "of a");
  const ObjectGraph graph = Parsed(tiny);
  ASSERT_THAT(graph.by_key(), SizeIs(2));
  EXPECT_EQ(graph.At(graph.by_key()[0]).full_name, "of a");
  EXPECT_EQ(graph.At(graph.by_key()[1]).full_name, "of b");
}

TEST(ObjectGraph, OneKeyOfTwoNodesBelongsToTheFirst) {
  TinyGraph tiny;
  const auto first = tiny.AddVariable(0, "x", "same", "x");
  tiny.AddVariable(0, "y", "same", "y");
  EXPECT_EQ(Parsed(tiny).NodeOfKey("same/.ATTRIBUTES/VARIABLE_VALUE"), first);
}

TEST(ObjectGraph, RootHasTheEmptyPath) {
  TinyGraph tiny;
  EXPECT_THAT(PathsTo(tiny, 0), ElementsAre(""));
}

TEST(ObjectGraph, FindsEveryPathShortestFirst) {
  TinyGraph tiny;
  const auto model = tiny.AddNode(0, "model");
  const auto layers = tiny.AddNode(model, "layers");
  const auto dense = tiny.AddNode(layers, "0");
  const auto kernel = tiny.AddVariable(dense, "kernel", "model/layers/0/kernel", "dense/kernel");
  tiny.AddEdge(model, "head", dense);
  tiny.AddEdge(0, "kernel", kernel);
  EXPECT_THAT(PathsTo(tiny, kernel),
              ElementsAre("kernel", "model/head/kernel", "model/layers/0/kernel"));
}

TEST(ObjectGraph, TwoEdgesOfOneParentGiveTwoPathsInFileOrder) {
  TinyGraph tiny;
  const auto layer = tiny.AddNode(0, "layer_with_weights-0");
  tiny.AddEdge(0, "layer-5", layer);
  EXPECT_THAT(PathsTo(tiny, layer), ElementsAre("layer_with_weights-0", "layer-5"));
}

TEST(ObjectGraph, CyclesEndAPath) {
  TinyGraph tiny;
  tiny.AddEdge(0, "root", 0);
  const auto child = tiny.AddNode(0, "child");
  tiny.AddEdge(child, "parent", 0);
  tiny.AddEdge(child, "self", child);
  const ObjectGraph graph = Parsed(tiny);
  EXPECT_THAT(graph.PathsTo(0), ElementsAre(""));
  EXPECT_THAT(graph.PathsTo(child), ElementsAre("child"));
}

TEST(ObjectGraph, SlotVariablesHaveNoPath) {
  TinyGraph tiny;
  const auto kernel = tiny.AddVariable(0, "kernel", "kernel", "kernel");
  const auto optimizer = tiny.AddNode(0, "optimizer");
  const auto slot = tiny.AddSlot(optimizer, "optimizer", kernel, "m", "m");
  EXPECT_THAT(PathsTo(tiny, slot), IsEmpty());
}

TEST(ObjectGraph, EdgeNamesOfPathsAreNotEscaped) {
  TinyGraph tiny;
  const auto odd = tiny.AddVariable(0, "old_dense1/kernel:0", "old_dense1.Skernel:0", "k");
  const auto empty = tiny.AddNode(0, "");
  const auto below = tiny.AddNode(empty, "a");
  const ObjectGraph graph = Parsed(tiny);
  EXPECT_THAT(graph.PathsTo(odd), ElementsAre("old_dense1/kernel:0"));
  EXPECT_THAT(graph.PathsTo(empty), ElementsAre(""));
  EXPECT_THAT(graph.PathsTo(below), ElementsAre("/a"));
}

TEST(ObjectGraph, KeepsAtMostThirtyTwoPathsOfANode) {
  TinyGraph tiny;
  const auto target = tiny.AddNode(0, "e0");
  for (int i = 1; i < 100; ++i) tiny.AddEdge(0, "e" + std::to_string(i), target);
  const auto paths = PathsTo(tiny, target);
  ASSERT_THAT(paths, SizeIs(ObjectGraph::kMaxPaths));
  EXPECT_EQ(paths.front(), "e0");
  EXPECT_EQ(paths.back(), "e31");
}

TEST(ObjectGraph, PathsOfAChainEndAtTheLongest) {
  std::vector<std::vector<std::int32_t>> edges;
  for (std::int32_t i = 1; i < 400; ++i) edges.push_back({i});
  edges.emplace_back();
  const ObjectGraph graph = Parsed(Edges(edges));
  EXPECT_THAT(graph.PathsTo(static_cast<std::int32_t>(ObjectGraph::kMaxPathEdges)), SizeIs(1));
  EXPECT_THAT(graph.PathsTo(static_cast<std::int32_t>(ObjectGraph::kMaxPathEdges) + 1), IsEmpty());
}

// A complete graph of n nodes has more than (n - 2)! simple paths to each node.
TEST(ObjectGraph, CompleteGraphDoesNotExplode) {
  std::vector<std::vector<std::int32_t>> edges(300);
  for (auto& children : edges) {
    for (std::int32_t to = 0; to < 300; ++to) children.push_back(to);
  }
  const auto start = std::chrono::steady_clock::now();
  const ObjectGraph graph = Parsed(Edges(edges));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  for (std::int32_t node = 1; node < 300; ++node) {
    ASSERT_THAT(graph.PathsTo(node), SizeIs(ObjectGraph::kMaxPaths));
    ASSERT_EQ(graph.PathsTo(node)[0], "e" + std::to_string(node));
  }
}

// Each of 60 links doubles the number of paths.
TEST(ObjectGraph, LadderOfDoubleEdgesDoesNotExplode) {
  wire::ObjectGraph ladder;
  for (std::int32_t i = 1; i <= 60; ++i) {
    ladder.nodes.emplace_back().children = {{i, "a"}, {i, "b"}};
  }
  ladder.nodes.emplace_back();
  const ObjectGraph graph = Parsed(ladder);
  const auto& paths = graph.PathsTo(60);
  EXPECT_THAT(paths, SizeIs(ObjectGraph::kMaxPaths));
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), paths.size());
}

// 30,000 nodes in a row with long names: the paths together would have gigabytes.
TEST(ObjectGraph, MemoryOfPathsIsBounded) {
  wire::ObjectGraph chain;
  for (std::int32_t i = 1; i <= 30'000; ++i) {
    chain.nodes.emplace_back().children = {{i, std::string(2000, 'x')}, {i, "y"}};
  }
  chain.nodes.emplace_back();
  const std::string message = wire::EncodeObjectGraph(chain);
  const auto graph = ObjectGraph::Parse(message);
  ASSERT_TRUE(graph);
  std::size_t bytes = 0;
  for (std::int32_t node = 0; node <= 30'000; ++node) {
    for (const std::string& path : graph->PathsTo(node)) bytes += path.size();
  }
  EXPECT_LT(bytes, (std::size_t{64} << 20) + 4 * message.size());
}

TEST(ObjectGraph, RefusesNumbersThatAreNoNodes) {
  for (const std::int32_t bad : {-1, 2, 1'000'000'000}) {
    wire::ObjectGraph child = Edges({{1}, {}});
    child.nodes[1].children.push_back({bad, "x"});
    wire::ObjectGraph slot = Edges({{1}, {}});
    slot.nodes[1].slot_variables.push_back({0, "m", bad});
    wire::ObjectGraph variable = Edges({{1}, {}});
    variable.nodes[1].slot_variables.push_back({bad, "m", 0});
    for (const auto& graph : {child, slot, variable}) {
      const auto parsed = ObjectGraph::Parse(wire::EncodeObjectGraph(graph));
      ASSERT_FALSE(parsed);
      EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
      EXPECT_EQ(parsed.error().slug, "object-graph/bad-node");
    }
  }
}

TEST(ObjectGraph, RefusesAMessageWithoutRoot) {
  const auto parsed = ObjectGraph::Parse("");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().slug, "object-graph/bad-message");
}

std::string DamagedExample() {
  TinyGraph tiny;
  const auto model = tiny.AddNode(0, "model");
  const auto kernel = tiny.AddVariable(model, "kernel", "model/kernel", "dense/kernel");
  tiny.AddEdge(model, "owner", 0);
  const auto optimizer = tiny.AddNode(0, "optimizer");
  tiny.AddSlot(optimizer, "optimizer", kernel, "m", "m");
  return wire::EncodeObjectGraph(tiny.graph());
}

void ExpectSound(const Result<ObjectGraph>& parsed) {
  if (!parsed) {
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
    return;
  }
  const auto count = static_cast<std::int32_t>(parsed->nodes().size());
  for (std::int32_t i = 0; i < count; ++i) {
    EXPECT_LE(parsed->PathsTo(i).size(), ObjectGraph::kMaxPaths);
    const auto& node = parsed->nodes()[static_cast<std::size_t>(i)];
    for (const auto& child : node.children) EXPECT_TRUE(child.node >= 0 && child.node < count);
    for (const auto& a : node.attributes) EXPECT_GE(parsed->NodeOfKey(a.checkpoint_key), 0);
  }
}

TEST(ObjectGraph, EveryPrefixIsRefusedOrSound) {
  testing::ForEveryPrefix(DamagedExample(),
                          [](std::string_view cut) { ExpectSound(ObjectGraph::Parse(cut)); });
}

TEST(ObjectGraph, EveryChangedByteIsRefusedOrSound) {
  testing::ForEveryByteFlip(DamagedExample(), [](std::string_view changed, std::size_t) {
    ExpectSound(ObjectGraph::Parse(changed));
  });
}

}  // namespace
}  // namespace regraft
