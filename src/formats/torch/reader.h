// formats/torch/reader.h - checkpoints that PyTorch saves: a zip archive, or shards with their
// index.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::torch {

/// True for an archive with a pickle of tensors, and for the JSON that lists shards of such.
bool Matches(const io::ByteSource& file);

/// The index of shards in a folder, or "pytorch_model.bin", or its only file of tensors.
std::string InFolder(const io::Files& files, const std::string& folder);

/// Opens the file, or the shards that it lists. A tensor that cannot be read is listed with a
/// fault, one of a kind that has no counterpart here as opaque. Errors: zip::ReadDirectory()'s,
/// ReadPickle()'s, FindTensors()'s; kUnsupported "torch/script";
///         kCorrupt "torch/bad-index".
Result<std::unique_ptr<const archive::Archive>> Open(const io::Files& files,
                                                     const std::string& path,
                                                     const archive::OpenOptions& options);

}  // namespace regraft::torch
