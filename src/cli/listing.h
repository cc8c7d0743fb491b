// cli/listing.h - entries in rows and in JSON.
#pragma once

#include <regraft/checkpoint.h>

#include <string>
#include <vector>

namespace regraft::cli {

/// What a row calls an entry: its first path, or its key without TensorFlow's ending.
std::string RowName(const Entry& entry);

/// The entries sorted by "size", "offset" or "shape", and else by name in natural order.
void SortEntries(const std::string& by, std::vector<const Entry*>& entries);

/// What is asked of a tensor's values, or why it could not be had.
struct Digest {
  std::string sha256;
  std::string error;
};

/// A JSON string.
std::string JsonText(const std::string& text);

/// One entry as "regraft.ls/1" has it.
std::string EntryJson(const Entry& entry);

/// "regraft.ls/1"; `digests` is empty or as long as `entries`.
std::string EntriesJson(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                        const std::vector<Digest>& digests);

/// A table: name, dtype, shape; with `details` class, bytes, shard, offset, CRC and full name.
std::string EntriesTable(const std::vector<const Entry*>& entries, bool details,
                         const std::vector<Digest>& digests);

}  // namespace regraft::cli
