// bundle/bundle_reader.h - a V2 checkpoint: one index, some data shards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_source.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "wire/messages.h"

namespace regraft::bundle {

/// A contiguous stored piece: a whole tensor, or one slice of a partitioned one.
struct Piece {
  std::vector<std::int64_t> start;   ///< Its origin in the whole tensor; empty for rank 0.
  Shape shape;                       ///< Its extents.
  std::int32_t shard = 0;
  std::uint64_t offset = 0;          ///< In the shard, bytes.
  std::uint64_t size = 0;            ///< Bytes.
  std::uint32_t crc32c = 0;          ///< Unmasked.
  wire::TensorSlice spelled = {};    ///< A slice's extents as the index has them.
};

/// What the index says of one tensor.
struct BundleTensor {
  std::string key;
  TensorSpec spec;
  bool partitioned = false;
  std::vector<Piece> pieces;  ///< One, unless partitioned.
  /// Not empty: the entry contradicts itself (bytes stored are not what dtype and shape
  /// need, an uncovered or doubly covered region …). It is listed; reading it fails with
  /// this error.
  std::vector<Error> fault;
};

struct OpenOptions {
  bool verify_checksums = true;  ///< Of index blocks. Each read says whether to check tensors.
};

/// An opened V2 bundle. Opening reads the index, once, and no data file.
/// Threads: const members may be called from many threads at once.
class BundleReader {
 public:
  /// Opens `<prefix>.index`. `files` must outlive the reader.
  /// Errors: those of table::ScanTable, and kCorrupt "bundle/no-header",
  ///         "bundle/bad-header", kUnsupported "bundle/version" (docs/format/bundle.md,
  ///         "What is refused").
  static Result<BundleReader> Open(const io::FileSystem& files, const std::string& prefix,
                                   const OpenOptions& options);
  BundleReader(BundleReader&&) noexcept;
  BundleReader& operator=(BundleReader&&) noexcept;
  ~BundleReader();

  /// Sorted by key as unsigned bytes. The header and slice entries are not listed.
  std::span<const BundleTensor> tensors() const;
  /// Index into tensors(), or -1. O(log n).
  std::ptrdiff_t Find(std::string_view key) const;

  std::int32_t num_shards() const;
  bool big_endian() const;
  /// Path of shard i's data file.
  std::string ShardPath(std::int32_t shard) const;

  /// The data file of a piece, which has all of the piece's bytes. It may outlive this object.
  /// Errors: as CheckStored.
  Result<std::shared_ptr<const io::ByteSource>> DataFile(const Piece& piece) const;

  /// Success if the data files are there and long enough for all of the tensor's bytes, so
  /// that a caller may allocate what its spec says. Reads nothing.
  /// Errors: as Read, but for checksums.
  Status CheckStored(const BundleTensor& tensor) const;

  /// Copies one tensor into `out`: this machine's byte order, row-major, packed, with
  /// partitioned storage assembled. `verify` false skips the checksum.
  /// Pre:    out.size() is spec.Bytes(), kind kNumeric.
  /// Errors: kCorrupt "bundle/checksum", "bundle/truncated", the tensor's fault;
  ///         kNotFound "bundle/shard-missing"; kUnsupported "bundle/opaque-dtype"; kIo.
  Status Read(const BundleTensor& tensor, std::span<std::byte> out, bool verify) const;

  /// Copies `ranges` (one an axis, resolved and within the shape) of a tensor, reading
  /// only the rows that it needs; stored checksums cover whole pieces, so `verify` reads
  /// each piece that is touched in full and checks it.
  /// Pre: out.size() is the product of the lengths times the element size.
  Status ReadSlice(const BundleTensor& tensor, std::span<const SliceRange> ranges,
                   std::span<std::byte> out, bool verify) const;

  /// The elements of a string tensor, in row-major order.
  /// Errors: as Read, and kCorrupt "bundle/bad-strings".
  Result<std::vector<std::string>> ReadStrings(const BundleTensor& tensor, bool verify) const;

  /// The bytes of the tensor's only piece as they are in the file (strings, variants and
  /// opaque types too). Errors: kUnsupported "bundle/partitioned" if there are more.
  Result<std::string> ReadRaw(const BundleTensor& tensor, bool verify) const;

 private:
  struct Impl;
  explicit BundleReader(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace regraft::bundle
