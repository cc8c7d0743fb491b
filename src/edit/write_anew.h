// edit/write_anew.h - an entry whose stored bytes are of the other byte order.
#pragma once

#include <string>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/writer.h"

namespace regraft::edit {

/// Reads and verifies the values of `entry` and writes them as this machine stores them, in
/// one piece. Errors: as CheckpointReader::Read; kUnsupported for variants and unknown types.
/// Memory: the tensor.
Status WriteAnew(const CheckpointReader& reader, const Entry& entry, const std::string& key,
                 CheckpointWriter& writer);

/// True if stored bytes of the checkpoint cannot be copied into one of this machine.
bool IsForeign(const CheckpointReader& reader);

}  // namespace regraft::edit
