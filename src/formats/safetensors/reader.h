// formats/safetensors/reader.h - a safetensors file, or shards with their index.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::safetensors {

/// True for a file of tensors, and for the JSON that lists shards.
bool Matches(const io::ByteSource& file);

/// The index of shards in a folder, or its only file of tensors, or "model.safetensors".
std::string InFolder(const io::Files& files, const std::string& folder);

/// Opens the file, or the shards that it lists. Of a shard that is missing or damaged, and of a
/// name that its shard lacks, the tensors have faults.
/// Errors: ReadHeader()'s; kCorrupt "safetensors/bad-index".
Result<std::unique_ptr<const archive::Archive>> Open(const io::Files& files,
                                                     const std::string& path,
                                                     const archive::OpenOptions& options);

}  // namespace regraft::safetensors
