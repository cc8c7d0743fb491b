// train/save_counter.h - how often a Checkpoint has been saved.
#pragma once

#include <cstdint>
#include <optional>

#include "regraft/checkpoint.h"
#include "regraft/dtype.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "regraft/variable.h"

namespace regraft::train {

/// What the copies of a Checkpoint share.
struct SaveCounter {
  /// Of no use if the root object has a counter of its own.
  Variable variable{"save_counter", {DType::kInt64, Shape{}}, false};
  /// Since the first Save() or Restore() it is a part of what is saved, as in TensorFlow.
  bool counting = false;
  /// Its value continues what a file said.
  bool restored = false;
};

/// What the file's `save_counter` says; nothing if it has none below its root.
/// Errors: as CheckpointReader::Read.
Result<std::optional<std::int64_t>> ReadSaveCount(const CheckpointReader& source);

}  // namespace regraft::train
