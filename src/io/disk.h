// io/disk.h - making, moving and removing files, so that nothing is ever half there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/byte_source.h"
#include "io/directory.h"
#include "regraft/error.h"

namespace regraft::io {

/// A new file that is written from its start to its end, and mended in places. Not safe from
/// several threads.
///
/// Errors of any call, as the system may report what an earlier one met: kIo "io/no-space"
/// (also for a quota), "io/write". After one the file holds anything.
class OutputFile {
 public:
  /// Closes. Without Sync() before it, what was appended may not be in the file.
  virtual ~OutputFile() = default;
  virtual const std::string& path() const = 0;
  /// Bytes appended so far.
  virtual std::uint64_t size() const = 0;
  virtual Status Append(std::span<const std::byte> bytes) = 0;
  /// Appends a range of another file; where the system can, without moving bytes through
  /// this process, or at all (reflinks).
  /// Errors: also those of ByteSource::ReadAt.
  virtual Status AppendRange(const ByteSource& from, std::uint64_t offset,
                             std::uint64_t length) = 0;
  /// Overwrites bytes that were appended before. Pre: they are within size().
  virtual Status Replace(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// Everything appended is on the disk when this returns. Errors: also kIo "io/sync".
  virtual Status Sync() = 0;
};

/// Files that can be changed. Tests crash, fill and fail it.
class Disk : public Files {
 public:
  /// A new file of exactly this name. Errors: kIo "io/exists" if there is something of the
  /// name already; "io/create" (no folder, no permission, read-only), "io/no-space".
  virtual Result<std::unique_ptr<OutputFile>> Create(const std::string& path) = 0;
  /// A new file `<path>.tempstate<digits>`, as TensorFlow calls what is not finished.
  virtual Result<std::unique_ptr<OutputFile>> CreateTemporary(const std::string& path) = 0;
  /// Replaces what is at `to`, in one step. Errors: kIo "io/rename".
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  /// A second name for the same file. Errors: kIo "io/link" (other file system, or it has
  /// no hard links), "io/exists".
  virtual Status Link(const std::string& existing, const std::string& fresh) = 0;
  /// Removes a file, a link itself, or an empty folder; success if there is nothing.
  /// Errors: kIo "io/remove".
  virtual Status Remove(const std::string& path) = 0;
  /// Makes a folder and those above it, to outlast a crash; success if it is there.
  /// Errors: kIo "io/create", "io/sync".
  virtual Status MakeFolders(const std::string& path) = 0;
  /// What a file that exists holds outlasts a crash when this returns, whoever wrote it.
  /// Errors: kIo "io/sync".
  virtual Status SyncFile(const std::string& path) = 0;
  /// New, renamed and removed names in the folder outlast a crash when this returns.
  /// Errors: kIo "io/sync".
  virtual Status SyncFolder(const std::string& path) = 0;
  /// Bytes that may still be written where `path` is; nothing if the system does not say.
  virtual std::optional<std::uint64_t> FreeBytes(const std::string& path) const = 0;
};

/// The operating system's. Threads: safe. Static storage, without state of its own.
Disk& RealDisk();

}  // namespace regraft::io
