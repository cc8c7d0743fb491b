// classify/owners.h - which object of the graph each stored tensor belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bundle/graph_key.h"
#include "regraft/entry.h"
#include "regraft/object_graph.h"

namespace regraft::classify {

using bundle::kObjectGraphKey;

/// The attribute of the object graph whose value an entry is.
struct Owner {
  std::int32_t node = -1;  ///< -1: no object has it.
  const ObjectGraph::Attribute* attribute = nullptr;
  ObjectGraph::Place place;  ///< The same.
  bool is_part = false;      ///< One of several tensors of the attribute: a table's keys, say.
};

/// One for each entry, which must be sorted by key.
std::vector<Owner> OwnersOf(const ObjectGraph& graph, std::span<const Entry> entries);

}  // namespace regraft::classify
