// object_graph/gone_optimizers.h - optimizers that an edit leaves nothing of.
#pragma once

#include <span>
#include <vector>

#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// For every node whether it is an optimizer that stored something of its own, none of which
/// is kept. A program without it has no such object, whatever of the model hangs on it: Keras 3
/// lists the weights below their optimizer. The root always stays, and so does an object that
/// only looks like an optimizer and has a model hanging on it.
/// `kept` says for each node whether a value of it is.
std::vector<bool> FindGoneOptimizers(std::span<const ObjectGraph::Node> nodes,
                                     const std::vector<bool>& kept);

}  // namespace regraft::object_graph
