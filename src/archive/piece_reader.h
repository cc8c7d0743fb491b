// archive/piece_reader.h - bytes of one stored piece out of its data file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "archive/archive.h"
#include "archive/runs.h"
#include "archive/stored_tensor.h"
#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::archive {

/// Pieces of one archive's files. Borrows the slugs.
class PieceReader {
 public:
  PieceReader(const Slugs& slugs, const io::ReadCost& cost) : slugs_(slugs), cost_(cost) {}

  /// Errors: Slugs::truncated if the piece is not within the file.
  Status CheckInFile(const io::ByteSource& file, const StoredPiece& piece) const;

  /// Reads all of the piece in chunks, each into the memory that `place(at, size)` gives, and
  /// hands them to `take(at, chunk)` in order; then compares a checksum of the bytes.
  /// Errors: Slugs::truncated, Slugs::checksum; those of ReadAt and of `take`.
  Status Stream(const io::ByteSource& file, const StoredPiece& piece,
                const std::function<std::span<std::byte>(std::uint64_t, std::size_t)>& place,
                const std::function<Status(std::uint64_t, std::span<const std::byte>)>& take) const;

  /// Copies `runs` of the piece to their places in `out`. If `verify`, reads all of the piece
  /// and checks it; otherwise only from the first to the last byte needed, leaving out gaps
  /// that cost more to read than to skip.
  /// Errors: as Stream. Cost: a buffer of at most 4 MiB.
  Status ReadRuns(const io::ByteSource& file, const StoredPiece& piece, Runs runs,
                  std::span<std::byte> out, bool verify) const;

 private:
  Status ReadRunsOnly(const io::ByteSource& file, const StoredPiece& piece, Runs runs,
                      std::span<std::byte> out) const;
  Status ReadRunsVerified(const io::ByteSource& file, const StoredPiece& piece, Runs runs,
                          std::span<std::byte> out) const;

  const Slugs& slugs_;
  const io::ReadCost cost_;
};

/// The error for a checksum that differs, called `slug`. Pre: both are of one kind, of bytes.
Error ChecksumError(std::string_view slug, const Checksum& stored, const Checksum& computed);

}  // namespace regraft::archive
