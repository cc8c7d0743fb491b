// checkpoint/link.h - a new index over data files that are there already.
#pragma once

#include <span>
#include <string>

#include "io/disk.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/writer.h"

namespace regraft::checkpoint {

/// An entry of an opened checkpoint, under the key that it gets.
struct LinkedEntry {
  std::string key;
  const CheckpointReader* reader = nullptr;
  const Entry* entry = nullptr;
};

/// Writes an index of `entries` over hard links of the data files that they are in. The object
/// graph, if not empty, gets a small data file of its own.
/// Errors: as CheckpointWriter; kIo "io/link"; kUnsupported "bundle/endianness".
Result<Written> LinkCheckpoint(io::Disk& disk, const std::string& prefix,
                               std::span<const LinkedEntry> entries,
                               const std::string& object_graph, bool overwrite);

}  // namespace regraft::checkpoint
