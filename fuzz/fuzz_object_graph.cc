// Any bytes as an object graph: every node number of the result is in range.
#include "fuzz.h"
#include "regraft/key.h"
#include "regraft/object_graph.h"

using regraft::ObjectGraph;
using regraft::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = regraft::fuzz::Text(data, size);
  Require(regraft::UnescapeEdge(regraft::EscapeEdge(text)) == text);

  if (const auto parts = regraft::ParseKey(text)) {
    const std::string object = std::string(parts->object);
    const std::string path =
        parts->is_slot ? regraft::SlotPath(object, parts->optimizer, "") + std::string(parts->slot)
                       : object;
    Require(path == regraft::ObjectPath(text));
  }

  const auto graph = ObjectGraph::Parse(text);
  if (!graph) return 0;
  const auto known = [&](std::int32_t node) {
    return node >= 0 && static_cast<std::size_t>(node) < graph->nodes().size();
  };
  for (std::size_t i = 0; i < graph->nodes().size(); ++i) {
    const ObjectGraph::Node& node = graph->nodes()[i];
    for (const auto& edge : node.children) Require(known(edge.node));
    for (const auto& slot : node.slots) Require(known(slot.variable) && known(slot.slot));
    for (const auto& attribute : node.attributes) {
      Require(known(graph->NodeOfKey(attribute.checkpoint_key)));
    }
    Require(graph->PathsTo(static_cast<std::int32_t>(i)).size() <= ObjectGraph::kMaxPaths);
  }
  return 0;
}
