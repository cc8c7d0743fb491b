// formats/tfjs/strings.h - strings as TF.js stores them: a length of 4 bytes before each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::tfjs {

/// Bytes that `count` strings take from `offset` on, which only their lengths tell.
/// Errors: kCorrupt "tfjs/bad-strings" if they reach past the end; those of ReadAt.
Result<std::uint64_t> MeasureStrings(const io::ByteSource& source, std::uint64_t offset,
                                     std::uint64_t count);

/// Errors: kCorrupt "tfjs/bad-strings" unless the bytes are so many strings and nothing else.
Result<std::vector<std::string>> DecodeStrings(std::string_view bytes, std::uint64_t count);

}  // namespace regraft::tfjs
