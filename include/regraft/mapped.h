// regraft/mapped.h - a checkpoint seen through a map of tensors.
#pragma once

#include "regraft/checkpoint.h"
#include "regraft/error.h"
#include "regraft/tensor_map.h"

namespace regraft {

/// The tensors that `map` makes of those of `source`, as a checkpoint: everything that is done
/// with checkpoints can be done with it. Keys are the new names; what the map leaves is not there.
///
/// What only gets a new name is read from where it is stored. What is computed is made when it is
/// read, of its sources, which are verified: memory is theirs and that of each step. Entry::made_of
/// says how, notes() that there is a map, and the fingerprint covers both.
/// The result shares the files of `source`, which may be closed.
/// Errors: Resolve()'s; kUnsupported "tensor/too-large".
Result<CheckpointReader> Mapped(const CheckpointReader& source, const TensorMap& map);

}  // namespace regraft
