// train/paths.h - opening what the caller named.
#pragma once

#include <optional>
#include <string>

#include "regraft/checkpoint.h"
#include "regraft/error.h"

namespace regraft::train {

/// CheckpointReader::Open(), for a path that may be missing.
/// Errors: kInvalidArgument "train/no-path"; as Open().
Result<CheckpointReader> OpenSource(const std::optional<std::string>& path);

}  // namespace regraft::train
