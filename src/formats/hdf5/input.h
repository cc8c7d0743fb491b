// formats/hdf5/input.h - bounded reading of an HDF5 file's structures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fields.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::hdf5 {

/// The address of what is not there.
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

/// The bytes of a file by HDF5's addresses, which count from its superblock. Reads blocks and
/// keeps some, since structures are small and lie close together.
/// Threads: for one thread.
class Input {
 public:
  /// `file` must outlive this object. `base` is where the superblock begins.
  Input(const io::ByteSource& file, std::uint64_t base) : file_(file), base_(base) {}

  /// Structures end at this address; that of the end of the file until SetEnd().
  std::uint64_t end() const { return end_; }
  /// Pre: base + end is within the file.
  void SetEnd(std::uint64_t end) { end_ = end; }
  std::uint64_t base() const { return base_; }

  /// True if the bytes are within the file.
  bool Has(std::uint64_t address, std::uint64_t size) const {
    return address <= end_ && size <= end_ - address;
  }
  /// Errors: kCorrupt "hdf5/damaged" if they are not, naming `what`; those of ReadAt.
  Result<std::string> Read(std::uint64_t address, std::uint64_t size, std::string_view what) const;

  /// kCorrupt "hdf5/damaged" at an address.
  Error Damaged(std::uint64_t address, std::string message) const;
  /// kUnsupported, called `slug`, at an address.
  Error Refused(std::string_view slug, std::uint64_t address, std::string message) const;
  /// kUnsupported "hdf5/new-layout", with what helps.
  Error NewLayout(std::uint64_t address, std::string message) const;

 private:
  struct Block {
    std::uint64_t number = kUndefined;
    std::string bytes;
  };
  Status ReadBlock(std::uint64_t number, Block& block) const;

  const io::ByteSource& file_;
  const std::uint64_t base_;
  std::uint64_t end_ = file_.size() - base_;
  mutable std::array<Block, 32> blocks_;
};

}  // namespace regraft::hdf5
