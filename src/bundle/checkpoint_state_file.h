// bundle/checkpoint_state_file.h - the state file on a disk.
#pragma once

#include <optional>
#include <string>

#include "bundle/checkpoint_state.h"
#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// Nothing if there is no such file.
/// Errors: kCorrupt "state/bad-text"; those of io::ReadWholeFile.
Result<std::optional<CheckpointState>> ReadCheckpointState(const io::Files& files,
                                                           const std::string& path);

/// Writes the file in one step: whoever reads it, also after a crash, finds the old text or
/// the new one. A temporary file that could not be finished is removed.
/// Errors: kIo.
Status WriteCheckpointState(io::Disk& disk, const std::string& path, const CheckpointState& state);

}  // namespace regraft::bundle
