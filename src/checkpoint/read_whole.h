// checkpoint/read_whole.h - a numeric entry in memory of its own.
#pragma once

#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/run.h"

namespace regraft::checkpoint {

/// Pre: the entry is one of the reader's.
/// Errors: CheckStored()'s, before any memory is taken for it; Read()'s.
Result<Buffer> ReadWhole(const CheckpointReader& reader, const Entry& entry,
                         const RunOptions& run = RunOptions{.threads = 1});

}  // namespace regraft::checkpoint
