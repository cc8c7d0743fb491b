// bundle/data_stream.h - a data file that is being written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// Bytes, and ranges of other files: neighbours among these are gathered and copied in one
/// call, a little later than they are given.
class DataStream {
 public:
  explicit DataStream(std::unique_ptr<io::OutputFile> file) : file_(std::move(file)) {}

  /// Bytes so far, with those that are yet to be copied.
  std::uint64_t size() const { return file_->size() + range_.length; }
  /// Errors: those of io::OutputFile, also for what was given earlier.
  Status Append(std::span<const std::byte> bytes);
  Status AppendRange(const std::shared_ptr<const io::ByteSource>& from, std::uint64_t offset,
                     std::uint64_t length);
  /// Zeros up to a multiple of `alignment`.
  Status Pad(std::uint64_t alignment);
  /// Brings everything to the disk.
  Status Sync();

 private:
  struct Range {
    std::shared_ptr<const io::ByteSource> from;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  Status Flush();

  std::unique_ptr<io::OutputFile> file_;
  Range range_;
};

}  // namespace regraft::bundle
