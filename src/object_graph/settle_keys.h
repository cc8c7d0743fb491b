// object_graph/settle_keys.h - which keys of an edited graph can stay, and what the others become.
#pragma once

#include "object_graph/draft.h"
#include "regraft/error.h"

namespace regraft::object_graph {

/// Gives every attribute its final key: the old one, if it still is a path of its value, else
/// the one that TensorFlow would give it. Attributes of one part that shared a key still do.
/// Pre: the nodes are InTensorFlowOrder() and have their old keys.
/// Errors: kUnmet "object-graph/collision" if two values would be stored under one key.
Status SettleKeys(Draft& draft);

}  // namespace regraft::object_graph
