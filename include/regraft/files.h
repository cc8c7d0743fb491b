// regraft/files.h - where the bytes of checkpoints come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regraft/error.h"

namespace regraft::io {

/// A fixed sequence of bytes that is read by position. There is no cursor.
/// Threads: const members may be called from many threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// What an error should call this source: a path, or a description.
  virtual const std::string& name() const = 0;
  /// Bytes in all, as found when it was opened.
  virtual std::uint64_t size() const = 0;
  /// Fills `out` completely from `offset` on, or fails; `out` is then unspecified.
  /// Errors: kCorrupt "io/past-end" if the range is not within size();
  ///         kIo if the system refused, or the file shrank since it was opened.
  virtual Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

enum class FileKind { kFile, kDirectory, kOther };

struct FileInfo {
  FileKind kind = FileKind::kFile;
  std::uint64_t size = 0;        ///< Bytes.
  std::int64_t modified_ns = 0;  ///< Nanoseconds since the epoch; 0 if nobody knows.
};

/// What reading costs, so that whoever reads asks for the right ranges.
struct ReadCost {
  /// A gap of so many bytes between two ranges is cheaper to read than another call would be.
  std::uint64_t gap = 4096;
  /// As much as one call had better ask for: what is larger is cut.
  std::uint64_t block = std::uint64_t{1} << 20;
  /// Calls that the source likes to have under way at once; 0: as many as there are processors.
  std::size_t parallel = 0;
};

/// Files by path, and how they are found. A program that keeps checkpoints elsewhere than in the
/// file system of its machine implements this and hands it to CheckpointReader::Open().
///
/// Paths are made of parts between '/'; what they mean is the source's own affair.
/// Threads: const members may be called from many threads at once.
class Files {
 public:
  virtual ~Files() = default;

  /// The source may outlive this object.
  /// Errors: kNotFound "io/not-found", kIo "io/open" (a folder, no permission).
  virtual Result<std::unique_ptr<const ByteSource>> Open(const std::string& path) const = 0;

  /// What is at `path` (links followed), telling absence from a refusal: nothing if there is
  /// nothing of this name.
  /// Errors: kIo "io/look" if it may not be seen; of the folder on the way that may not be
  ///         entered, if that is why.
  virtual Result<std::optional<FileInfo>> Look(const std::string& path) const = 0;

  /// Names in a folder, sorted by bytes, without "." and "..".
  /// Errors: kNotFound "io/not-found", kIo "io/list".
  virtual Result<std::vector<std::string>> List(const std::string& folder) const = 0;

  virtual ReadCost Cost() const { return {}; }

  /// As Look(), where a refusal does not matter.
  std::optional<FileInfo> Stat(const std::string& path) const;
};

/// The operating system's files, read with pread(2). Static storage.
const Files& RealFiles();

}  // namespace regraft::io
