// formats/numpy/writer.h - writes what numpy.savez would write.
#pragma once

#include <memory>
#include <string>

#include "archive/archive_writer.h"
#include "archive/format.h"
#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::numpy {

/// Writes an archive of arrays at `path`, in the order in which they come.
/// Errors: kIo "checkpoint/exists", those of io::Disk; kUnsupported "numpy/one-file" if several
/// files
///         are asked for, "numpy/alignment" above 32 KiB.
Result<std::unique_ptr<archive::ArchiveWriter>> Create(io::Disk& disk, const std::string& path,
                                                       const archive::CreateOptions& options);

}  // namespace regraft::numpy
