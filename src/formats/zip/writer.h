// formats/zip/writer.h - an archive of stored members, byte for byte as Python's zipfile makes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::zip {

/// Appends members to a file, and the directory behind them. Sizes always stand in 64 bits in front
/// of a member, as in what `zipfile` opens with force_zip64; its checksum is put there at its end.
/// Errors of any call: those of io::OutputFile.
class Writer {
 public:
  /// `file` must outlive the writer, and nobody else may write to it.
  explicit Writer(io::OutputFile& file) : file_(file) {}

  /// Begins a member of so many bytes. Byte `aligned` of the content will stand at a multiple of
  /// `unit`; 1: anywhere. Pre: CanBeName(name); unit is at most kMostUnit.
  Status Begin(const std::string& name, std::uint64_t bytes, std::uint64_t aligned,
               std::uint64_t unit);
  Status Append(std::span<const std::byte> bytes);
  /// Pre: as many bytes were appended as announced.
  Status End();
  /// Writes the directory.
  Status Finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t header = 0;
    std::uint32_t crc32 = 0;
  };

  io::OutputFile& file_;
  std::vector<Entry> entries_;
};

/// A padding of up to twice as many bytes fits in front of a member.
inline constexpr std::uint64_t kMostUnit = 32768;

/// False for what other programs would read as another name: no UTF-8, a NUL, too long.
bool CanBeName(const std::string& name);

}  // namespace regraft::zip
