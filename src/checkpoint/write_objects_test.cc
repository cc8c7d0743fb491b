#include "regraft/write_objects.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/writer.h"
#include "testing/checkpoint_folder.h"

namespace regraft {
namespace {

using testing::CheckpointFolder;
using testing::ValueKey;

// A root with an optimizer, a variable under two edges and its slot; one object is not
// reachable. Numbered as nobody would save them.
std::vector<ObjectGraph::Node> Objects() {
  std::vector<ObjectGraph::Node> nodes(6);
  nodes[0].children = {{3, "optimizer"}, {4, "model"}};
  nodes[1].attributes = {{"VARIABLE_VALUE", "Adam/kernel/m", ""}};
  nodes[2].attributes = {{"VARIABLE_VALUE", "dense/kernel", ""}};
  nodes[3].slots = {{2, "m", 1}};
  nodes[4].children = {{2, "kernel"}, {2, "a/b"}};
  nodes[5].attributes = {{"VARIABLE_VALUE", "lost", ""}};
  return nodes;
}

Status AddNumber(std::size_t node, const std::string& key, CheckpointWriter& writer) {
  const float value = static_cast<float>(node);
  return writer.Add(key, {DType::kFloat32, Shape{}}, std::as_bytes(std::span(&value, 1)));
}

TEST(WriteObjects, NamesValuesByTheirPathsAndKeepsTheGraph) {
  const CheckpointFolder folder;
  const auto written = WriteObjects(folder / "ckpt", Objects(), AddNumber);
  ASSERT_TRUE(written) << written.error().ToString();
  const auto reader = CheckpointReader::Open(folder / "ckpt");
  ASSERT_TRUE(reader) << reader.error().ToString();
  ASSERT_EQ(reader->entries().size(), 3u);
  const Entry* const kernel = reader->Find(ValueKey("model/kernel"));
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->full_name, "dense/kernel");
  EXPECT_EQ(kernel->paths, (std::vector<std::string>{"model/kernel", "model/a/b"}));
  float value = 0;
  ASSERT_TRUE(reader->Read(*kernel, std::as_writable_bytes(std::span(&value, 1))));
  EXPECT_EQ(value, 2);
  const Entry* const slot =
      reader->Find("model/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE");
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->cls, EntryClass::kOptimizer);
}

TEST(WriteObjects, AsksForEachAttributeAndForPythonStateLast) {
  const CheckpointFolder folder;
  std::vector<ObjectGraph::Node> nodes(3);
  nodes[0].children = {{1, "text"}, {2, "table"}};
  nodes[1].attributes = {{"py_state", "", ""}};
  nodes[2].attributes = {{"keys", "", ""}, {"v/w", "", ""}};
  std::vector<std::string> asked;
  const auto add = [&](std::size_t node, const std::string& key, CheckpointWriter& writer) {
    asked.push_back(key);
    return AddNumber(node, key + "-part", writer);
  };
  ASSERT_TRUE(WriteObjects(folder / "ckpt", nodes, add));
  EXPECT_EQ(asked, (std::vector<std::string>{"table/.ATTRIBUTES/keys", "table/.ATTRIBUTES/v.Sw",
                                             "text/.ATTRIBUTES/py_state"}));
  const auto reader = CheckpointReader::Open(folder / "ckpt");
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_NE(reader->Find("table/.ATTRIBUTES/v.Sw-part"), nullptr);
}

TEST(WriteObjects, LeavesNothingIfAValueCannotBeWritten) {
  const CheckpointFolder folder;
  const auto written = WriteObjects(folder / "ckpt", Objects(), [](auto, const auto&, auto&) {
    return Status(Fail(Error(ErrorCode::kUnmet, "test/no", "no")));
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().slug, "test/no");
  EXPECT_FALSE(CheckpointReader::Open(folder / "ckpt"));
}

}  // namespace
}  // namespace regraft
