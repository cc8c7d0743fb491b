// regraft/write_objects.h - writing what objects hold.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "regraft/error.h"
#include "regraft/object_graph.h"
#include "regraft/writer.h"

namespace regraft {

namespace io {
class Disk;
}

/// Writes what objects hold: their values, and the object graph that TensorFlow restores them
/// by. `nodes` are objects as they were met, node 0 the root; a node with attributes holds a
/// value, and the keys of attributes are left empty: objects are numbered, named and written
/// in TensorFlow's order (docs/format/object_graph.md). What cannot be reached is left out.
/// `add` is called once for each attribute, those of a node in their order, and writes its value
/// under the key, or its parts under keys that begin with it (docs/format/object_graph.md).
///
/// Errors: those of Create() and Finish(), and of `add`. Nothing is left behind then.
Result<Written> WriteObjects(
    const std::string& prefix, std::span<const ObjectGraph::Node> nodes,
    const std::function<Status(std::size_t node, const std::string& key, CheckpointWriter&)>& add,
    const WriteOptions& options = {});
/// The same on another disk.
Result<Written> WriteObjects(
    io::Disk& disk, const std::string& prefix, std::span<const ObjectGraph::Node> nodes,
    const std::function<Status(std::size_t node, const std::string& key, CheckpointWriter&)>& add,
    const WriteOptions& options);

}  // namespace regraft
