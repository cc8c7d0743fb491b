// regraft/writer.h - writing checkpoints that others read as their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft {

namespace io {
class Disk;
}

struct WriteOptions {
  /// Start a new data file rather than let one grow beyond this; 0: one file. A tensor that
  /// is larger on its own gets a file for itself; none is cut.
  std::uint64_t max_shard_bytes = 0;
  std::uint64_t data_alignment = 1;  ///< Every tensor begins at a multiple of it.
  /// Replace a checkpoint of this prefix, in one step: a reader, or a crash, finds the old
  /// one or the new one. (To make that possible the new one can have an empty data file more.)
  bool overwrite = false;
};

/// A checkpoint that was written.
struct Written {
  std::string prefix;
  std::string main_file;  ///< By which it is known: the index, or the one file that there is.
  std::size_t entries = 0;
  std::int32_t shards = 0;
  std::uint64_t bytes = 0;  ///< Of all data files.
};

/// A checkpoint in the making: of TensorFlow's format, byte for byte as TensorFlow would write
/// the same tensors in the same order (docs/format/bundle.md, "Writing"), or of that which the
/// ending of its path names (FormatToWrite() in regraft/find.h).
///
/// Files get their names last, synced, data before index: a reader never sees a half
/// checkpoint, and a crash leaves the one that was there. Whatever fails, and a writer that
/// is dropped before Finish(), leaves no files behind.
/// Memory:  the index and a constant; values are streamed.
/// Threads: for one thread.
class CheckpointWriter {
 public:
  /// Missing folders are made.
  /// Errors: kUnsupported "checkpoint/not-written" if the ending names a format that is only read;
  ///         kIo "checkpoint/exists" if there is a checkpoint of this prefix and `overwrite`
  ///         is false; kInvalidArgument "checkpoint/bad-prefix" (empty, or one that ends like
  ///         a file of a checkpoint); kIo of the system.
  static Result<CheckpointWriter> Create(const std::string& prefix,
                                         const WriteOptions& options = {});
  /// The same on another disk; for tests and embedding.
  static Result<CheckpointWriter> Create(io::Disk& disk, const std::string& prefix,
                                         const WriteOptions& options);
  /// A copy of `like` at `path`, in its own format, in which the tensors that are declared get the
  /// values that are added, and all else stays: how a format is written of which only Keras, say,
  /// makes the structure. `like` must outlive the writer.
  /// Errors: kUnsupported "checkpoint/not-written" if that cannot be done with its format;
  ///         "template/shards", "template/not-in-place"; kInvalidArgument "template/spec" where a
  ///         type or shape is another; kIo "checkpoint/exists".
  static Result<CheckpointWriter> CreateLike(const CheckpointReader& like, const std::string& path,
                                             const WriteOptions& options = {});
  static Result<CheckpointWriter> CreateLike(const CheckpointReader&&, const std::string&,
                                             const WriteOptions& = {}) = delete;
  /// The same on another disk.
  static Result<CheckpointWriter> CreateLike(io::Disk& disk, const CheckpointReader& like,
                                             const std::string& path, const WriteOptions& options);
  CheckpointWriter(CheckpointWriter&&) noexcept;
  CheckpointWriter& operator=(CheckpointWriter&&) noexcept;
  ~CheckpointWriter();

  /// All tensors that will be written, before the first of them: their keys and specs. The
  /// answer is the order in which to write them, as indices. A format whose files begin with the
  /// names of all that is in them (safetensors) cannot do without; TensorFlow's can.
  /// Errors: kInvalidArgument, kUnsupported "safetensors/dtype" … for what cannot be stored.
  Result<std::vector<std::size_t>> Declare(
      std::span<const std::pair<std::string, TensorSpec>> tensors);
  /// Sets the notes beside the tensors, if the format has a place for them. Before Begin().
  void SetMetadata(std::map<std::string, std::string> metadata);

  /// One numeric tensor: row-major, packed, in this machine's byte order.
  /// Errors: kInvalidArgument "bundle/empty-key", "bundle/duplicate-key", "bundle/wrong-size";
  ///         kUnsupported "bundle/opaque-dtype" for strings and the like; kIo. After any error
  ///         the files are gone, and every further call returns that error.
  Status Add(const std::string& key, const TensorSpec& spec, std::span<const std::byte> bytes);
  /// The same in parts, for what is larger than memory.
  Status Begin(const std::string& key, const TensorSpec& spec);
  Status Append(std::span<const std::byte> bytes);
  Status End();

  Status AddStrings(const std::string& key, const Shape& shape,
                    std::span<const std::string> values);
  /// One slice of a partitioned tensor. Readers want all of its slices, without overlap.
  /// Errors: as Add, kInvalidArgument "bundle/bad-slice".
  Status AddSlice(const std::string& key, const TensorSpec& spec,
                  std::span<const SliceRange> ranges, std::span<const std::byte> bytes);

  /// An entry of another checkpoint under `key`: its stored bytes, whatever their type, and
  /// its slices as they are; checksums are verified. Where the file system can, the bytes are
  /// shared rather than copied. `from` need not outlive the call.
  /// Errors: as CheckpointReader::Read and Add.
  Status AddStored(const std::string& key, const CheckpointReader& from, const Entry& entry);
  /// Only its `piece`-th stored piece (0 for a whole tensor), to keep slices in their shards.
  Status AddStoredPiece(const std::string& key, const CheckpointReader& from, const Entry& entry,
                        std::size_t piece);

  /// Begins a new data file; the first is there from the beginning.
  Status StartShard();

  /// Makes the checkpoint appear. Call once, last.
  /// Errors: kInvalidArgument "bundle/slices-missing", "bundle/slices-overlap" if slices do not
  ///         tile their tensor; kIo. The checkpoint that was there before, if any, is then
  ///         whole. (If the disk fails in the very last step, the new one is in place, and
  ///         the error says so.)
  Result<Written> Finish();

 private:
  struct Impl;
  explicit CheckpointWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regraft
