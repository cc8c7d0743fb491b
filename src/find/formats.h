// find/formats.h - every format there is.
#pragma once

#include <span>
#include <string_view>

#include "archive/format.h"
#include "regraft/find.h"

namespace regraft::find {

/// TensorFlow's first: what a path means is asked in this order.
std::span<const archive::Format* const> Formats();

/// The format of a file's content; nullptr if it is none of these. That of an index of
/// TensorFlow's is no file by itself, and is not among the answers.
const archive::Format* FormatOf(const io::ByteSource& file);

/// The format of that name, or nullptr.
const archive::Format* FormatNamed(std::string_view name);

/// The format in which a path is written: by the ending of its name; TensorFlow's otherwise. It
/// may be one that is only read.
const archive::Format& FormatToWrite(std::string_view path);

/// Errors: kUnsupported "checkpoint/not-written" if files of the format are only read, with those
///         that can be written.
Status CheckIsWritten(const archive::Format& format);

}  // namespace regraft::find
