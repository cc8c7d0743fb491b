// bundle/checkpoint_state.h - the `checkpoint` state file (docs/format/state_file.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft::bundle {

struct CheckpointState {
  std::string model_checkpoint_path;
  std::vector<std::string> all_model_checkpoint_paths;
  std::vector<double> all_model_checkpoint_timestamps;
  std::optional<double> last_preserved_timestamp;
};

/// Reads protobuf text format: comments, single or double quotes, C escapes, raw UTF-8,
/// adjacent literals. Paths are left as they are written.
/// Errors: kCorrupt "state/bad-text" with the offset; unknown fields are refused as
///         TensorFlow refuses them.
Result<CheckpointState> ParseCheckpointState(std::string_view text);

/// The text that TensorFlow writes, byte for byte: fields by number, doubles in their shortest
/// form, empty strings and a zero `last_preserved_timestamp` left out. Bytes that are not
/// ASCII are escaped in octal, as TensorFlow did to 2.15 and as every version reads.
std::string FormatCheckpointState(const CheckpointState& state);

}  // namespace regraft::bundle
