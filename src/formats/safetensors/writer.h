// formats/safetensors/writer.h - writes what the safetensors library would write.
#pragma once

#include <memory>
#include <string>

#include "archive/archive_writer.h"
#include "archive/format.h"
#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::safetensors {

/// Writes `path`, or with CreateOptions::max_file_bytes shards beside it and an index, as
/// huggingface_hub cuts and names them. Tensors must be declared, and written in that order.
/// Errors: kIo "checkpoint/exists", those of io::Disk.
Result<std::unique_ptr<archive::ArchiveWriter>> Create(io::Disk& disk, const std::string& path,
                                                       const archive::CreateOptions& options);

}  // namespace regraft::safetensors
