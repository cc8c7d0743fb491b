// table/table_reader.h - the SSTable of an `.index` file, decoded once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::table {

struct ReadOptions {
  bool verify_checksums = true;
  /// A compressed block that is larger than this is refused.
  std::uint64_t most_uncompressed = std::uint64_t{64} << 20;
};

/// Hands every key and value of the table to `visit`, in file order.
///
/// Checks: footer magic, handles within the file, block checksums, restart arrays, key order
/// (strictly ascending by unsigned bytes), and that the index keys separate the blocks. The
/// metaindex block is not looked at. See docs/format/table.md.
///
/// The views passed to `visit` live for that call only. A failing `visit` ends the scan
/// with its error.
///
/// Errors: kCorrupt with file and offset: "table/too-short", "table/bad-magic",
///         "table/bad-handle", "table/block-past-end", "table/bad-block",
///         "table/checksum", "table/compressed-block", "table/key-order";
///         kUnsupported "table/block-type"; what ReadAt and `visit` return.
/// Cost:   one read and the file's size in memory up to 64 MiB; above, one read for the
///         footer and one a block, and the memory of the largest block. No allocation is larger
///         than the file, or than `most_uncompressed`.
Status ScanTable(const io::ByteSource& file, const ReadOptions& options,
                 const std::function<Status(std::string_view key, std::string_view value)>& visit);

/// True if the last 8 bytes are the table's magic number. Reads 8 bytes.
bool LooksLikeTable(const io::ByteSource& file);

}  // namespace regraft::table
