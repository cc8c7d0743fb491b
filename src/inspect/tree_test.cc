#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

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
  CatalogBuilder builder(CheckpointKind::kTf2Object);
  builder.Variable("net/dense/kernel", "dense/kernel", {3, 4})
      .Variable("net/dense/bias", "dense/bias", {4});
  builder.Variable("step", "step", {}, DType::kInt64, EntryClass::kStep);
  Entry slot;  // No edge leads to it.
  slot.key = "net/dense/bias/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE";
  slot.spec = {DType::kFloat32, {4}};
  slot.cls = EntryClass::kOptimizer;
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
  EXPECT_EQ(dense.count, 3u);
  EXPECT_EQ(dense.elements, 20);
  EXPECT_EQ(dense.bytes, 80u);
  const TreeNode& bias = dense.children.at("bias");
  ASSERT_EQ(bias.entries.size(), 1u);
  EXPECT_EQ(bias.entries[0]->full_name, "dense/bias");
  EXPECT_EQ(bias.count, 2u);  // Itself and its slot.
  EXPECT_EQ(bias.children.at(".OPTIMIZER_SLOT").children.at("opt").children.at("m").entries.size(),
            1u);
  EXPECT_EQ(root.children.at("step").elements, 1);
}

TEST(MakeTree, TakesTheFirstPathOnly) {
  Entry shared;
  shared.key = "a/.ATTRIBUTES/VARIABLE_VALUE";
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
  for (int i = 0; i < 1000000; ++i) deep.key += "a/";
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
  huge.key = "x";
  huge.spec = {DType::kInt8, {std::int64_t{1} << 62}};
  huge.bytes = std::uint64_t{1} << 63;
  const TreeNode root = MakeTree(std::vector<const Entry*>(5, &huge));
  EXPECT_EQ(root.elements, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(root.bytes, std::numeric_limits<std::uint64_t>::max());
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
