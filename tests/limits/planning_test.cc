// Planning reads no tensor, whatever it has to look for.
#include <gtest/gtest.h>

#include "regraft/checkpoint.h"
#include "regraft/plan.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "regraft/selection.h"
#include "regraft/targets.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

TEST(Planning, ReadsNoTensorData) {
  testing::TinyGraph graph;
  const auto model = graph.AddNode(0, "model");
  testing::TinyBundle bundle;
  for (const std::string name : {"a", "b", "c"}) {
    const auto layer = graph.AddNode(model, name);
    graph.AddVariable(layer, "kernel", "model/" + name + "/kernel", "net/" + name + "/kernel");
    bundle.AddFloats(testing::ValueKey("model/" + name + "/kernel"), {100},
                     std::vector<float>(100, 1));
  }
  bundle.SetGraph(graph);
  const testing::MemoryFiles memory(bundle.Files("p"));
  const testing::CountingFiles files(memory);
  const auto reader = CheckpointReader::Open(files, "p", {});
  ASSERT_TRUE(reader);
  const std::uint64_t opened = files.bytes_read("p.data-00000-of-00001");
  // Opening reads the object graph, which is stored beside the tensors, and none of these.
  EXPECT_LE(opened, reader->Find("_CHECKPOINTABLE_OBJECT_GRAPH")->bytes);

  std::vector<Target> targets = TargetsFrom(reader->catalog());
  targets[0].name = targets[0].full_name = "renamed/kernel";
  targets[0].key.clear();
  targets[0].paths = {"renamed/kernel"};
  for (const Rules& rules :
       {Rules{}, Rules{.missing = OnMissing::kKeep}, Rules{.select = {.include = {"**/b/**"}}},
        Rules{.map = {{"model/a/kernel", "renamed/kernel"}}}}) {
    const Result<Plan> plan = MakePlan(*reader, targets, rules);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->targets.size(), 3u);
    (void)PlanJson(*plan);
    (void)plan->Check();
  }
  ASSERT_TRUE(Select(reader->catalog(), {.where = "numel==100"}));
  EXPECT_EQ(files.bytes_read("p.data-00000-of-00001"), opened);
}

}  // namespace
}  // namespace regraft
