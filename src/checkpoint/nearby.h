// checkpoint/nearby.h - what to say when there is nothing where a checkpoint should be.
#pragma once

#include <string>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::checkpoint {

/// kNotFound "checkpoint/not-found" for a path at which nothing is: what its folder holds, the
/// nearest names first, and the path that would work.
Error NothingAt(const io::FileSystem& files, const std::string& where);

/// Adds to the error about a folder without checkpoints what it holds instead: files that are
/// recognised, and folders that have checkpoints.
Error WithContentOf(const io::FileSystem& files, const std::string& folder, Error error);

}  // namespace regraft::checkpoint
