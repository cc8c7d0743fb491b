// bundle/bundle_writer.h - writes a V2 checkpoint byte for byte as TensorFlow does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle_reader.h"
#include "io/disk.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "wire/messages.h"

namespace regraft::bundle {

struct WriteOptions {
  std::uint64_t data_alignment = 1;  ///< Every tensor begins at a multiple of it.
  bool overwrite = false;            ///< A checkpoint of this prefix is replaced, in one step.
};

/// One tensor, or one slice of a partitioned one, that is about to be written.
struct WrittenPiece {
  std::string key;
  TensorSpec spec;  ///< Of the whole tensor.
  /// Of a slice: its extents as the index is to spell them (length -1: "the whole axis").
  std::optional<wire::TensorSlice> slice = {};
};

/// A V2 bundle in the making. Data files are streamed to temporary names; Finish() makes
/// them and then the index appear under their own. Until then a reader sees the checkpoint
/// that was there before, or none; so it is after a crash at any point.
///
/// Tensors are stored in the order of the calls. Memory: the index, and a constant.
/// Threads: for one thread.
class BundleWriter {
 public:
  /// Errors: kIo "checkpoint/exists" without `overwrite`; those of io::Disk.
  static Result<BundleWriter> Create(io::Disk& disk, std::string prefix,
                                     const WriteOptions& options);
  BundleWriter(BundleWriter&&) noexcept;
  BundleWriter& operator=(BundleWriter&&) noexcept;
  /// Without Finish(): removes every file that it made.
  ~BundleWriter();

  /// What follows goes into a new data file. The first is there from the beginning.
  Status StartShard();
  /// Bytes in the present data file.
  std::uint64_t shard_bytes() const;

  /// Begin, Append any number of times, End: the stored bytes of one piece. `expected_crc`
  /// (unmasked) is compared with what was written.
  /// Errors: kInvalidArgument "bundle/empty-key", "bundle/duplicate-key", "bundle/bad-slice",
  ///         "bundle/wrong-size", "bundle/bad-strings", "bundle/call-order"; kCorrupt
  ///         "bundle/checksum"; kIo. After an error every file that was made is gone, and
  ///         every further call returns that error.
  Status Begin(WrittenPiece piece);
  Status Append(std::span<const std::byte> bytes);
  Status End(std::optional<std::uint32_t> expected_crc = {});

  /// Begins a whole numeric tensor, whose bytes are given in this machine's byte order.
  /// Errors: also kUnsupported "bundle/opaque-dtype" for a type without numbers.
  Status Begin(const std::string& key, const TensorSpec& spec);
  /// The same at once.
  Status Add(const std::string& key, const TensorSpec& spec, std::span<const std::byte> bytes);
  /// A string tensor.
  Status AddStrings(const std::string& key, const Shape& shape,
                    std::span<const std::string> values);
  /// One slice: `bytes` are its elements. A slice that is the whole tensor is stored as one.
  /// An axis of {0, -1} is spelled as a full one.
  Status AddSlice(const std::string& key, const TensorSpec& spec,
                  std::span<const SliceRange> ranges, std::span<const std::byte> bytes);
  /// A tensor of another archive under `key`, its pieces as they are stored there, without
  /// decoding; checksums are verified if `verify`, and made where the archive has none. Consecutive
  /// tensors that were neighbours are copied in one piece, by the file system itself where it can;
  /// that may come later than this call, but not later than the next Append, StartShard or Finish.
  /// `from` need not outlive the call. Errors: as Archive::ReadRaw, and kUnsupported
  /// "bundle/endianness" if the other
  ///         archive was written on a machine of the other byte order.
  Status AddStored(const std::string& key, const archive::Archive& from,
                   const archive::StoredTensor& tensor, bool verify);
  /// The same, one of its pieces only, for a caller that keeps the pieces of a partitioned
  /// tensor where the source has them.
  Status AddStoredPiece(const std::string& key, const archive::Archive& from,
                        const archive::StoredTensor& tensor, std::size_t piece, bool verify);

  /// Syncs the data files and then the index, gives them their names (data first), syncs the
  /// folder. Call once, last. On an error the checkpoint that was there is whole; only if
  /// the very last syncing failed it is replaced, and the error says so.
  /// Errors: kIo; kInvalidArgument "bundle/slices-missing", "bundle/slices-overlap" if the
  ///         slices of a tensor do not tile it.
  Status Finish();

  /// After Finish(): what was written where, sorted by key.
  std::span<const archive::StoredTensor> tensors() const;
  /// After Finish(): data files, and bytes in all of them.
  std::int32_t num_shards() const;
  std::uint64_t data_bytes() const;

 private:
  struct State;
  explicit BundleWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A string scalar that is written with an index.
struct NewString {
  std::string key;
  std::string value;
};

/// Writes only an index, over data files that exist already: hard links of `data_files` are
/// made under the new prefix's names. For renaming and dropping in no time. `strings` get a
/// data file of their own. The result is the number of data files.
/// Pre:    `tensors` are sorted by key; their pieces' shards count through `data_files`,
///         which this machine's byte order has.
/// Errors: as BundleWriter, and kIo "io/link".
Result<std::int32_t> WriteLinked(io::Disk& disk, const std::string& prefix,
                                 std::span<const std::string> data_files,
                                 std::vector<archive::StoredTensor> tensors,
                                 std::span<const NewString> strings, const WriteOptions& options);

}  // namespace regraft::bundle
