// find/recognize.h - what a file that is no V2 index is instead.
#pragma once

#include <optional>
#include <string>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::find {

/// What a file was recognised as, by its content.
struct Recognized {
  std::string what;    ///< "a Git LFS pointer (...)", as in "this is ...".
  std::string advice;  ///< What to do about it.
};

/// Looks at the first 4 KiB, the last 64 KiB and, for a table, its first entry. Nothing if it
/// is nothing known.
std::optional<Recognized> Recognize(const io::ByteSource& file);

/// kUnsupported "checkpoint/foreign".
Error ForeignError(const std::string& path, const Recognized& found);

}  // namespace regraft::find
