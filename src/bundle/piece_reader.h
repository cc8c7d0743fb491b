// bundle/piece_reader.h - bytes of one stored piece out of its data file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bundle/bundle_reader.h"
#include "bundle/runs.h"
#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// Errors: kCorrupt "bundle/truncated" if the piece is not within the file.
Status CheckInFile(const io::ByteSource& file, const Piece& piece);

/// The error for a checksum that differs.
Error ChecksumError(std::uint32_t stored, std::uint32_t computed);

/// Reads all of the piece into `out`, in one pass with its plain checksum if `verify`.
/// Pre:    out.size() == piece.size.
/// Errors: kCorrupt "bundle/truncated", "bundle/checksum"; those of ReadAt.
Status ReadPiece(const io::ByteSource& file, const Piece& piece, std::span<std::byte> out,
                 bool verify);

/// Copies `runs` of the piece to their places in `out`. If `verify`, reads all of the piece
/// and checks it; otherwise only from the first to the last byte needed, leaving out gaps
/// that cost more to read than to skip.
/// Errors: as ReadPiece. Cost: a buffer of at most 4 MiB.
Status ReadRuns(const io::ByteSource& file, const Piece& piece, Runs runs,
                std::span<std::byte> out, bool verify);

}  // namespace regraft::bundle
