// cli/listing.h - entries in rows and in JSON.
#pragma once

#include <string>
#include <vector>

#include <regraft/checkpoint.h>

namespace regraft::cli {

/// What a row calls an entry: its first path, or its key without TensorFlow's ending.
std::string RowName(const Entry& entry);

/// The entries sorted by "name" (natural order), "size", "offset" or "shape".
void SortEntries(const std::string& by, std::vector<const Entry*>& entries);

/// What is asked of a tensor's values, or why it could not be had.
struct Digest {
  std::string sha256;
  std::string error;
};

/// "regraft.ls/1"; `digests` is empty or as long as `entries`.
std::string EntriesJson(const CheckpointReader& reader, const std::vector<const Entry*>& entries,
                        const std::vector<Digest>& digests);

/// A table: name, dtype, shape; with `details` class, bytes, shard, offset, CRC and full name.
std::string EntriesTable(const std::vector<const Entry*>& entries, bool details,
                         const std::vector<Digest>& digests);

}  // namespace regraft::cli
