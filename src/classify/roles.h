// classify/roles.h - what the objects of a graph are to each other (docs/classes.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::classify {

/// What is known of one node of an object graph.
struct Role {
  bool in_model = false;           ///< Reached without passing through an optimizer or metrics.
  bool in_metrics = false;         ///< Reached through the metrics of a Keras model.
  bool hyperparameter = false;     ///< A rate or a counter of an optimizer.
  bool optimizer_average = false;  ///< A moving average that an optimizer keeps.
  bool statistics = false;         ///< Below moving_mean or moving_variance.
  bool average = false;            ///< Part of an exponential moving average.
  bool save_counter = false;
  std::int32_t optimizer = -1;              ///< One that the node belongs to, or is.
  const ObjectGraph::Slot* slot = nullptr;  ///< If the node is a slot variable.
  const std::string* step_edge = nullptr;   ///< An edge to it that is named as a counter of steps.
};

/// The role of every node. Points into `graph`. Cost: linear in its edges.
std::vector<Role> FindRoles(const ObjectGraph& graph);

}  // namespace regraft::classify
