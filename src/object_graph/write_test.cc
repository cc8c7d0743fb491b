#include "object_graph/write.h"

#include <gtest/gtest.h>

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;

Node Variable(std::string full_name) {
  Node node;
  node.attributes.push_back({"VARIABLE_VALUE", std::move(full_name), ""});
  return node;
}

// root -> opt (slots m, v of both), model -> a/b (odd names), model/again = a; a list of both.
std::vector<Node> Program() {
  std::vector<Node> nodes(7);
  nodes[5] = Variable("a");
  nodes[2] = Variable("b");
  nodes[3] = Variable("m_a");
  nodes[4] = Variable("gone");
  nodes[0].children = {{6, "opt"}, {1, "model"}};
  nodes[1].children = {{5, "x/y"}, {2, "p.q"}, {5, "again"}};
  nodes[6].slots = {{5, "m", 3}, {4, "m", 4}};
  return nodes;
}

TEST(InTensorFlowOrder, WalksBreadthFirstAndPutsSlotsLast) {
  std::vector<Node> nodes = Program();
  const std::vector<std::int32_t> from = InTensorFlowOrder(nodes);
  EXPECT_EQ(from, (std::vector<std::int32_t>{0, 6, 1, 5, 2, 3}));
  ASSERT_EQ(nodes.size(), 6u);
  EXPECT_EQ(nodes[2].children[2].node, 3);  // The shared variable.
  ASSERT_EQ(nodes[1].slots.size(), 1u);     // The other's variable is reached by nothing.
  EXPECT_EQ(nodes[1].slots[0].variable, 3);
  EXPECT_EQ(nodes[1].slots[0].slot, 5);
}

TEST(AssignKeys, EscapesEdgesAndPutsSlotsBelowTheirVariable) {
  std::vector<Node> nodes = Program();
  InTensorFlowOrder(nodes);
  AssignKeys(nodes);
  EXPECT_EQ(nodes[3].attributes[0].checkpoint_key, "model/x.Sy/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(nodes[4].attributes[0].checkpoint_key, "model/p..q/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(nodes[5].attributes[0].checkpoint_key,
            "model/x.Sy/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE");
}

TEST(AssignKeys, LeavesTheSlashOfAnAttributeOfTheRoot) {
  std::vector<Node> nodes = {Variable("v")};
  AssignKeys(nodes);
  EXPECT_EQ(nodes[0].attributes[0].checkpoint_key, "/.ATTRIBUTES/VARIABLE_VALUE");
}

TEST(MarkValues, LooksBelow) {
  std::vector<Node> nodes(4);
  nodes[3] = Variable("v");
  nodes[0].children = {{1, "full"}, {2, "empty"}};
  nodes[1].children = {{3, "v"}, {0, "root"}};
  MarkValues(nodes);
  EXPECT_EQ(nodes[0].has_values, true);
  EXPECT_EQ(nodes[1].has_values, true);
  EXPECT_EQ(nodes[2].has_values, false);
  EXPECT_EQ(nodes[3].has_values, true);
}

TEST(Serialize, IsReadBackByParse) {
  std::vector<Node> nodes = Program();
  nodes[1].registered_saver = "saver";
  nodes[1].registered_object = "object";
  InTensorFlowOrder(nodes);
  AssignKeys(nodes);
  MarkValues(nodes);
  const auto graph = ObjectGraph::Parse(Serialize(nodes));
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->nodes().size(), nodes.size());
  EXPECT_EQ(graph->nodes()[2].registered_object, "object");
  EXPECT_EQ(graph->PathsTo(3), (std::vector<std::string>{"model/x/y", "model/again"}));
  EXPECT_EQ(graph->nodes()[1].slots[0].name, "m");
  EXPECT_EQ(graph->nodes()[4].has_values, true);
}

}  // namespace
}  // namespace regraft::object_graph
