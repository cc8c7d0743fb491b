// WriteObjects: values and graph of objects, in TensorFlow's order.
#include "regraft/write_objects.h"

#include <fmt/format.h>

#include <vector>

#include "base/try.h"
#include "classify/owners.h"
#include "find/formats.h"
#include "io/disk.h"
#include "object_graph/write.h"
#include "regraft/find.h"
#include "regraft/writer.h"

namespace regraft {

Result<Written> WriteObjects(
    io::Disk& disk, const std::string& prefix, std::span<const ObjectGraph::Node> nodes,
    const std::function<Status(std::size_t node, const std::string& key, CheckpointWriter&)>& add,
    const WriteOptions& options) {
  if (!find::FormatToWrite(prefix).abilities.graph) {
    return Fail(
        Error(ErrorCode::kUnsupported, "checkpoint/no-place-for-objects",
              fmt::format("a file of the format {} has tensors by name and no objects",
                          find::FormatToWrite(prefix).name))
            .InFile(prefix)
            .Hint("save to a path without that ending, and copy the checkpoint to this one"));
  }
  std::vector<ObjectGraph::Node> ordered(nodes.begin(), nodes.end());
  const std::vector<std::int32_t> old_numbers = object_graph::InTensorFlowOrder(ordered);
  object_graph::AssignKeys(ordered);
  object_graph::MarkValues(ordered);
  REGRAFT_TRY(CheckpointWriter writer, CheckpointWriter::Create(disk, prefix, options));
  // TensorFlow writes the Python state of objects behind all other values.
  for (const bool of_python : {false, true}) {
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      for (const ObjectGraph::Attribute& attribute : ordered[i].attributes) {
        if ((attribute.name == "py_state") != of_python) continue;
        REGRAFT_CHECK(
            add(static_cast<std::size_t>(old_numbers[i]), attribute.checkpoint_key, writer));
      }
    }
  }
  const std::string graph = object_graph::Serialize(ordered);
  REGRAFT_CHECK(
      writer.AddStrings(std::string(classify::kObjectGraphKey), Shape{}, std::span(&graph, 1)));
  return writer.Finish();
}

Result<Written> WriteObjects(
    const std::string& prefix, std::span<const ObjectGraph::Node> nodes,
    const std::function<Status(std::size_t node, const std::string& key, CheckpointWriter&)>& add,
    const WriteOptions& options) {
  return WriteObjects(io::RealDisk(), prefix, nodes, add, options);
}

}  // namespace regraft
