// io/byte_source.h - bytes at offsets, wherever they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

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

/// How a prefix's files are opened; tests count, delay and fail reads through it.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Errors: kNotFound "io/not-found", kIo "io/open" (a directory, no permission).
  virtual Result<std::unique_ptr<const ByteSource>> Open(const std::string& path) const = 0;
};

/// The operating system's files, read with pread(2). Threads: safe. Static storage.
const FileSystem& RealFiles();

/// Copies `bytes` into a source of its own.
std::unique_ptr<const ByteSource> MemorySource(std::string name,
                                               std::span<const std::byte> bytes);

/// Reads a whole file of at most `limit` bytes.
/// Errors: as FileSystem::Open and ReadAt; kUnsupported "io/too-large".
Result<std::string> ReadWholeFile(const FileSystem& files, const std::string& path,
                                  std::uint64_t limit);

}  // namespace regraft::io
