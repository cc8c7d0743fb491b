#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/inspect.h"
#include "testing/catalogs.h"

namespace regraft {
namespace {

using testing::CatalogBuilder;

std::vector<const Entry*> AllOf(const Catalog& catalog) {
  std::vector<const Entry*> out;
  for (const Entry& entry : catalog.entries) out.push_back(&entry);
  return out;
}

Catalog Sample() {
  CatalogBuilder builder(testing::Of::kObjects);
  builder.Variable("net/dense/kernel", "dense/kernel", {3, 4})
      .Variable("net/dense/bias", "dense/bias", {4});
  builder.Variable("step", "step", {}, DType::kInt64, EntryClass::kStep);
  Entry slot;  // No edge leads to it.
  slot.key = "net/dense/bias/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE";
  slot.spec = {DType::kFloat32, {4}};
  slot.cls = EntryClass::kOptimizer;
  slot.slot = "m";
  slot.slot_of = "net/dense/bias/.ATTRIBUTES/VARIABLE_VALUE";
  slot.optimizer = "opt";
  return builder.Add(slot).Build();
}

TEST(MakeTree, SumsUpWhatIsBelowEachNode) {
  const Catalog catalog = Sample();
  const TreeNode root = MakeTree(AllOf(catalog));
  EXPECT_EQ(root.count, 4u);
  EXPECT_EQ(root.elements, 12 + 4 + 1 + 4);
  EXPECT_EQ(root.bytes, 48u + 16 + 8 + 16);
  EXPECT_TRUE(root.entries.empty());
  const TreeNode& dense = root.children.at("net").children.at("dense");
  EXPECT_EQ(dense.count, 2u);
  EXPECT_EQ(dense.elements, 16);
  EXPECT_EQ(dense.bytes, 64u);
  const TreeNode& bias = dense.children.at("bias");
  ASSERT_EQ(bias.entries.size(), 1u);
  EXPECT_EQ(bias.entries[0]->full_name, "dense/bias");
  EXPECT_EQ(bias.count, 1u);
  const TreeNode& slots = root.children.at("opt").children.at("m").children.at("net");
  EXPECT_EQ(slots.children.at("dense").children.at("bias").entries.size(), 1u);
  EXPECT_EQ(root.children.at("step").elements, 1);
}

TEST(MakeTree, HasEachEntryOnce) {
  Entry shared;
  shared.key = "a/.ATTRIBUTES/VARIABLE_VALUE";
  shared.name = "a";
  shared.paths = {"a", "b/a"};
  shared.spec = {DType::kFloat32, {2}};
  const TreeNode root = MakeTree(std::vector<const Entry*>{&shared});
  EXPECT_EQ(root.count, 1u);
  EXPECT_EQ(root.children.size(), 1u);
  EXPECT_EQ(root.children.count("a"), 1u);
}

TEST(MakeTree, OfNothingIsARoot) {
  const TreeNode root = MakeTree({});
  EXPECT_EQ(root.count, 0u);
  EXPECT_TRUE(root.children.empty());
}

TEST(MakeTree, EndsTheTreeOfAHostileName) {
  Entry deep;
  for (int i = 0; i < 1000000; ++i) deep.name += "a/";
  const TreeNode root = MakeTree(std::vector<const Entry*>{&deep});
  std::size_t depth = 0, letters = 0;
  for (const TreeNode* node = &root; !node->children.empty();
       node = &node->children.begin()->second) {
    ++depth;
    letters += static_cast<std::size_t>(std::count(node->children.begin()->first.begin(),
                                                   node->children.begin()->first.end(), 'a'));
  }
  EXPECT_LE(depth, 100u);
  EXPECT_EQ(letters, 1000000u);
}

TEST(MakeTree, DoesNotRunOverOnSizesThatAFileClaims) {
  Entry huge;
  huge.name = "x";
  huge.spec = {DType::kInt8, {std::int64_t{1} << 62}};
  huge.bytes = std::uint64_t{1} << 63;
  const TreeNode root = MakeTree(std::vector<const Entry*>(5, &huge));
  EXPECT_EQ(root.elements, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(root.bytes, std::numeric_limits<std::uint64_t>::max());
}

std::vector<std::string> RowNames(const TreeNode& node, bool fold) {
  std::vector<std::string> names;
  for (const TreeRow& row : RowsOf(node, fold)) names.push_back(row.name);
  return names;
}

Catalog Layers() {
  CatalogBuilder builder(testing::Of::kObjects);
  for (int i = 1; i <= 12; ++i) {
    const std::string layer = "net/dense_" + std::to_string(i);
    builder.Variable(layer + "/kernel", "", i == 5 ? Shape{3, 4} : Shape{4, 4});
    builder.Variable(layer + "/bias", "", {4});
  }
  builder.Variable("net/bias_1", "", {4}).Variable("net/bias_2", "", {4});
  return builder.Variable("net/a/w", "", {4}).Variable("net/b/w", "", {4}).Build();
}

TEST(RowsOf, FoldsEqualObjectsWhoseNumbersDiffer) {
  const Catalog catalog = Layers();
  const TreeNode root = MakeTree(AllOf(catalog));
  const TreeNode& net = root.children.at("net");
  EXPECT_THAT(RowNames(net, true), ::testing::ElementsAre("a", "b", "bias_1", "bias_2", "dense_5",
                                                          "dense_{1,2,3,4,6,7,8,9,10,11,12}"));
  EXPECT_EQ(RowNames(net, false).size(), net.children.size());
}

TEST(RowsOf, StandsForEveryChildOnce) {
  const Catalog catalog = Layers();
  const TreeNode root = MakeTree(AllOf(catalog));
  const TreeNode& net = root.children.at("net");
  for (const bool fold : {true, false}) {
    std::vector<const TreeNode*> shown;
    for (const TreeRow& row : RowsOf(net, fold)) {
      shown.insert(shown.end(), row.nodes.begin(), row.nodes.end());
      for (const TreeNode* node : row.nodes) {
        EXPECT_EQ(node->bytes, row.nodes[0]->bytes) << row.name;
      }
    }
    std::vector<const TreeNode*> all;
    for (const auto& [name, child] : net.children) all.push_back(&child);
    EXPECT_THAT(shown, ::testing::UnorderedElementsAreArray(all));
  }
}

TEST(Totals, ByClass) {
  const auto totals = TotalsByClass(Sample());
  ASSERT_EQ(totals.size(), 3u);
  EXPECT_EQ(totals.at(EntryClass::kWeights).count, 2u);
  EXPECT_EQ(totals.at(EntryClass::kWeights).elements, 16);
  EXPECT_EQ(totals.at(EntryClass::kWeights).bytes, 64u);
  EXPECT_EQ(totals.at(EntryClass::kOptimizer).elements, 4);
  EXPECT_EQ(totals.at(EntryClass::kStep).bytes, 8u);
}

TEST(Totals, ByDtype) {
  const auto totals = TotalsByDtype(Sample());
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals.at("float32").count, 3u);
  EXPECT_EQ(totals.at("float32").elements, 20);
  EXPECT_EQ(totals.at("int64").count, 1u);
}

}  // namespace
}  // namespace regraft
