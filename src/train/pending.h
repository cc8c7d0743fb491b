// train/pending.h - a restore that waits for its objects.
#pragma once

#include <functional>
#include <optional>

#include "regraft/checkpoint.h"
#include "regraft/error.h"
#include "regraft/rules.h"
#include "regraft/train.h"

namespace regraft::train {

struct PendingState {
  Checkpoint checkpoint;
  CheckpointReader source;
  Rules rules;
  RestoreOptions options;
  std::function<void(const Error&)> on_unfinished;
  std::optional<Result<Report>> outcome;  // Once it has been carried out.

  /// False while an object is not built.
  bool Ready() const;
  /// Carries the restore out and keeps the outcome.
  void Complete();
};

}  // namespace regraft::train
