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
};

/// Hands every key and value of the table to `visit`, in file order.
///
/// Reads each data block once and checks: footer magic, handles within the file, block
/// checksums, restart arrays, key order (strictly ascending by unsigned bytes), and that
/// the index keys separate the blocks. See docs/format/table.md.
///
/// The views passed to `visit` live for that call only. A failing `visit` ends the scan
/// with its error.
///
/// Errors: kCorrupt with file and offset: "table/too-short", "table/bad-magic",
///         "table/bad-handle", "table/block-past-end", "table/bad-block",
///         "table/checksum", "table/compressed-block", "table/key-order";
///         kUnsupported "table/block-type"; what ReadAt and `visit` return.
/// Cost:   memory of one block; no allocation above the file's size plus a constant. A
///         Snappy block may claim at most 64 MiB uncompressed, whatever it says.
Status ScanTable(const io::ByteSource& file, const ReadOptions& options,
                 const std::function<Status(std::string_view key, std::string_view value)>& visit);

/// True if the last 8 bytes are the table's magic number. Reads 8 bytes.
bool LooksLikeTable(const io::ByteSource& file);

}  // namespace regraft::table
