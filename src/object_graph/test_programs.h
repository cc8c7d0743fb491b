// Object graphs as programs would save them, and what an edited graph says of each value.
// Values are told apart by their full names.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "object_graph/edit.h"
#include "object_graph/write.h"
#include "regraft/error.h"
#include "regraft/object_graph.h"

namespace regraft::object_graph {

class Program {
 public:
  Program() : nodes_(1) {}

  std::int32_t Object(std::int32_t parent, std::string edge) {
    nodes_.emplace_back();
    const auto made = static_cast<std::int32_t>(nodes_.size()) - 1;
    Edge(parent, std::move(edge), made);
    return made;
  }
  std::int32_t Variable(std::int32_t parent, std::string edge, std::string full_name) {
    const std::int32_t made = Object(parent, std::move(edge));
    At(made).attributes.push_back({"VARIABLE_VALUE", std::move(full_name), ""});
    return made;
  }
  void Edge(std::int32_t parent, std::string edge, std::int32_t child) {
    At(parent).children.push_back({child, std::move(edge)});
  }
  void Slot(std::int32_t optimizer, std::int32_t variable, std::string name,
            std::string full_name) {
    nodes_.emplace_back().attributes.push_back({"VARIABLE_VALUE", std::move(full_name), ""});
    At(optimizer).slots.push_back(
        {variable, std::move(name), static_cast<std::int32_t>(nodes_.size()) - 1});
  }
  ObjectGraph::Node& At(std::int32_t node) { return nodes_[static_cast<std::size_t>(node)]; }

  ObjectGraph Graph() const {
    std::vector<ObjectGraph::Node> nodes = nodes_;
    InTensorFlowOrder(nodes);
    AssignKeys(nodes);
    MarkValues(nodes);
    return *ObjectGraph::Parse(Serialize(nodes));
  }

 private:
  std::vector<ObjectGraph::Node> nodes_;
};

/// Every attribute but those of these full names.
inline std::vector<ObjectGraph::Place> AllBut(const ObjectGraph& graph,
                                              const std::vector<std::string>& names) {
  std::vector<ObjectGraph::Place> kept;
  for (const ObjectGraph::Place place : graph.by_key()) {
    if (std::find(names.begin(), names.end(), graph.At(place).full_name) == names.end()) {
      kept.push_back(place);
    }
  }
  return kept;
}
inline std::vector<ObjectGraph::Place> Only(const ObjectGraph& graph,
                                            const std::vector<std::string>& names) {
  std::vector<ObjectGraph::Place> kept;
  for (const ObjectGraph::Place place : graph.by_key()) {
    if (std::find(names.begin(), names.end(), graph.At(place).full_name) != names.end()) {
      kept.push_back(place);
    }
  }
  return kept;
}

/// Renames exact paths, and scopes ("a/") by what they begin with; the first that fits.
inline std::function<std::optional<std::string>(const std::string&)> Renames(
    std::vector<std::pair<std::string, std::string>> pairs) {
  return [pairs](const std::string& path) -> std::optional<std::string> {
    for (const auto& [from, to] : pairs) {
      if (path == from) return to;
      if (from.ends_with('/') && path.starts_with(from)) return to + path.substr(from.size());
    }
    return path;
  };
}

using Names = std::map<std::string, std::vector<std::string>>;

/// The paths of every value, as the stored message has them.
inline Names PathsIn(const Result<Edited>& edited) {
  Names paths;
  EXPECT_TRUE(edited) << edited.error().ToString();
  if (!edited) return paths;
  const auto graph = ObjectGraph::Parse(edited->message);
  EXPECT_TRUE(graph) << graph.error().ToString();
  if (!graph) return paths;
  for (const ObjectGraph::Place place : graph->by_key()) {
    std::vector<std::string> of = graph->PathsTo(place.node);
    std::sort(of.begin(), of.end());
    paths[graph->At(place).full_name] = std::move(of);
  }
  return paths;
}

/// The key of every value, without the usual ending.
inline std::map<std::string, std::string> KeysIn(const Result<Edited>& edited) {
  constexpr std::string_view kEnding = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::map<std::string, std::string> keys;
  EXPECT_TRUE(edited) << edited.error().ToString();
  if (!edited) return keys;
  for (const ObjectGraph::Node& node : edited->nodes) {
    for (const ObjectGraph::Attribute& attribute : node.attributes) {
      std::string key = attribute.checkpoint_key;
      if (key.ends_with(kEnding)) key.resize(key.size() - kEnding.size());
      keys[attribute.full_name] = key;
    }
  }
  return keys;
}

/// "opt m of variable: slot", one a slot, sorted, by full names and first paths.
inline std::vector<std::string> SlotsIn(const Result<Edited>& edited) {
  std::vector<std::string> slots;
  EXPECT_TRUE(edited) << edited.error().ToString();
  if (!edited) return slots;
  const auto graph = ObjectGraph::Parse(edited->message);
  const auto first = [&](std::int32_t node) {
    const auto& paths = graph->PathsTo(node);
    return paths.empty() ? std::string("?") : paths.front();
  };
  for (std::size_t i = 0; i < graph->nodes().size(); ++i) {
    for (const ObjectGraph::Slot& slot : graph->nodes()[i].slots) {
      const auto& held = graph->nodes()[static_cast<std::size_t>(slot.slot)].attributes;
      slots.push_back(first(static_cast<std::int32_t>(i)) + " " + slot.name + " of " +
                      first(slot.variable) + ": " + (held.empty() ? "?" : held[0].full_name));
    }
  }
  std::sort(slots.begin(), slots.end());
  return slots;
}

inline Result<Edited> EditOne(const ObjectGraph& graph, std::vector<ObjectGraph::Place> kept,
                              std::vector<std::pair<std::string, std::string>> renames = {}) {
  const Part part{&graph, "", std::move(kept), Renames(std::move(renames)), {}};
  return Edit({&part, 1});
}

}  // namespace regraft::object_graph
