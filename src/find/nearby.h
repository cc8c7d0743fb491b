// find/nearby.h - what to say when there is nothing where a checkpoint should be.
#pragma once

#include <string>
#include <string_view>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::find {

/// kNotFound "checkpoint/not-found" for a path at which nothing is: what its folder holds, the
/// nearest names first, and a path that works if there is one that may have been meant.
Error NothingAt(const io::Files& files, const std::string& where);

/// Adds to the error about a folder without checkpoints what it holds instead: files that are
/// recognised, and folders that have checkpoints. The hint is of those only that may have been
/// meant by `wanted`, a name in the folder; of any of them if it is "", which is the folder itself.
Error WithContentOf(const io::Files& files, const std::string& folder, std::string_view wanted,
                    Error error);

}  // namespace regraft::find
