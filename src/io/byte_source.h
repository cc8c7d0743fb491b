// io/byte_source.h - what is done with files besides reading them by position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::io {

/// Copies `bytes` into a source of its own.
std::unique_ptr<const ByteSource> MemorySource(std::string name, std::span<const std::byte> bytes);

/// Reads a whole file of at most `limit` bytes.
/// Errors: as Files::Open and ReadAt; kUnsupported "io/too-large".
Result<std::string> ReadWholeFile(const Files& files, const std::string& path, std::uint64_t limit);

}  // namespace regraft::io
