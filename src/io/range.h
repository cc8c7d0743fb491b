// io/range.h - whether a range is within a source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::io {

/// Errors: kCorrupt "io/past-end".
Status CheckRange(const ByteSource& source, std::uint64_t offset, std::size_t length);

}  // namespace regraft::io
