// archive/archive_writer.h - a file of tensors in the making, whatever its format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "io/disk.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::archive {

/// A tensor that is going to be written.
struct DeclaredTensor {
  std::string key;
  TensorSpec spec;
};

struct WrittenFiles {
  std::size_t tensors = 0;
  std::size_t files = 0;
  std::uint64_t bytes = 0;  ///< Of values, in all files.
};

/// Streams tensors into files that get their names last, so that a reader never sees a half
/// archive, and a crash leaves the one that was there.
///
/// After an error every file that was made is gone, and every further call returns that error;
/// so it is with a writer that is dropped before Finish(). Threads: for one thread.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;

  /// All tensors that will be written, before the first of them. The answer is the order in which
  /// to write them, as indices. A format without a header in front does without the call.
  /// Errors: kInvalidArgument, kUnsupported for what the format cannot hold.
  virtual Result<std::vector<std::size_t>> Declare(std::span<const DeclaredTensor> tensors);
  /// What a person or program has noted in the file, if the format has a place for it.
  virtual void SetMetadata(std::map<std::string, std::string> metadata);

  /// Begin, Append any number of times, End: one numeric tensor, row-major and packed, in this
  /// machine's byte order.
  virtual Status Begin(const std::string& key, const TensorSpec& spec) = 0;
  virtual Status Append(std::span<const std::byte> bytes) = 0;
  virtual Status End() = 0;
  virtual Status AddStrings(const std::string& key, const Shape& shape,
                            std::span<const std::string> values) = 0;
  virtual Status AddSlice(const std::string& key, const TensorSpec& spec,
                          std::span<const SliceRange> ranges, std::span<const std::byte> bytes) = 0;
  /// One piece of a tensor of another archive, as it is stored there; checksums are verified if
  /// `verify`. `from` need not outlive the call.
  virtual Status AddStoredPiece(const std::string& key, const Archive& from,
                                const StoredTensor& tensor, std::size_t piece, bool verify);
  /// What follows goes into a new data file, if the format has the writer choose.
  virtual Status StartFile() = 0;
  /// Makes the archive appear. Call once, last.
  virtual Result<WrittenFiles> Finish() = 0;
};

/// Success if a single file may be written at `path`.
/// Errors: kIo "checkpoint/exists" for what may not be replaced; those of Disk::Look().
Status CheckFree(const io::Disk& disk, const std::string& path, bool overwrite);

}  // namespace regraft::archive
