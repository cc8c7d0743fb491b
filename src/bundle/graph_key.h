// bundle/graph_key.h - where TensorFlow keeps an object graph.
#pragma once

#include <string_view>

namespace regraft::bundle {

/// The key of the string tensor that is the object graph, if a checkpoint has one.
inline constexpr std::string_view kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";

}  // namespace regraft::bundle
