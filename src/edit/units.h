// edit/units.h - what is written, in which order, into which data file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace regraft::edit {

/// A stored piece of an entry, or a whole entry whose bytes change.
struct Unit {
  std::size_t entry = 0;  ///< Index into what the caller writes.
  std::size_t piece = 0;
  bool whole = false;     ///< All pieces at once.
  std::size_t source = 0;
  std::int32_t shard = 0;   ///< Where the source has it.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  ///< To be written.
};

/// Sorts by source, shard and offset, so that files are read and written forward, and says
/// before which units a new data file begins: `shards` of about equal size, cut between units;
/// 0: where the one source begins one, or never.
std::vector<bool> LayOut(std::vector<Unit>& units, std::int32_t shards);

}  // namespace regraft::edit
