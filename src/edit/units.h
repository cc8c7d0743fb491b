// edit/units.h - what is written, in which order, into which data file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"

namespace regraft::edit {

/// A stored piece of an entry, or a whole entry whose bytes change.
struct Unit {
  std::size_t entry = 0;  ///< Index into what the caller writes.
  std::size_t piece = 0;
  bool whole = false;  ///< All pieces at once.
  std::size_t source = 0;
  std::uint32_t shard = 0;  ///< Where the source has it.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  ///< To be written.
  std::size_t order = 0;    ///< Among those of one shard; 0 for all: as the source has them.
};

/// Sorts by source, shard, order and offset, so that files are written forward, and says
/// before which units a new data file begins: `shards` of about equal size, cut between units;
/// 0: where the one source begins one, or never.
std::vector<bool> LayOut(std::vector<Unit>& units, std::int32_t shards);

/// What will be written, whatever order that takes.
struct Content {
  std::vector<std::pair<std::string, TensorSpec>> tensors;  ///< By Unit::entry.
  std::string object_graph = {};                            ///< Written last, if not empty.
  std::map<std::string, std::string> metadata = {};
};

/// Writes a checkpoint of the units, in LayOut()'s order or that which the format of `prefix`
/// asks for. `readers` are those that `write` reads.
/// Errors: CheckDestination()'s, CheckpointWriter's, those of `write`, kCancelled. Nothing is
///         left of the checkpoint then.
Result<Written> WriteUnits(const std::string& prefix,
                           std::span<const CheckpointReader* const> readers, const Content& content,
                           std::vector<Unit> units, const EditOptions& options,
                           const std::function<Status(const Unit&, CheckpointWriter&)>& write);

}  // namespace regraft::edit
