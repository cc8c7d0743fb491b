// cli/listing.h - entries in rows and in JSON.
#pragma once

#include <regraft/checkpoint.h>
#include <regraft/entry.h>

#include <string>
#include <vector>

#include "terminal.h"

namespace regraft::cli {

/// The entries sorted by "size", "offset" or "shape", and else by name in natural order.
void SortEntries(const CheckpointReader& reader, const std::string& by,
                 std::vector<const Entry*>& entries);

/// What is asked of a tensor's values, or why it could not be had.
struct Digest {
  std::string sha256;
  std::string error;
};

/// A JSON string.
std::string JsonText(const std::string& text);

/// One entry as "regraft.ls/1" has it.
std::string EntryJson(const CheckpointReader& reader, const Entry& entry);

/// "regraft.ls/1"; `digests` is empty or as long as `entries`.
std::string EntriesJson(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                        const std::vector<Digest>& digests);

/// A table: name, dtype, shape; with `details` class, bytes, shard, offset, CRC, full name and
/// key. In fewer columns than it needs, names lose their middle, and details come below.
std::string EntriesTable(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                         bool details, const std::vector<Digest>& digests,
                         const Terminal& terminal);

}  // namespace regraft::cli
