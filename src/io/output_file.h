// io/output_file.h - the operating system's new files.
#pragma once

#include <memory>
#include <string>

#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::io {

/// A new file of exactly this name. Errors: as Disk::Create.
Result<std::unique_ptr<OutputFile>> CreateFile(const std::string& path);

/// The error for a call that failed with `error` (an errno) while it was `doing` something to
/// `path`: "io/no-space" where that is the reason, else `slug`.
Error SystemError(int error, std::string slug, const std::string& doing, const std::string& path);

}  // namespace regraft::io
