// edit/made_value.h - a value of a new checkpoint that is not stored anywhere as it shall be.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/run.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"

namespace regraft::edit {

/// How a value is made of a numeric entry.
struct Making {
  const CheckpointReader* reader = nullptr;
  const Entry* entry = nullptr;
  DType type = DType::kFloat32;            ///< Its element type in the result.
  const PlannedTarget* planned = nullptr;  ///< Of what gets another shape, too.
  /// The values that a padded target keeps.
  std::function<Status(std::span<std::byte>)> read_current = {};

  bool casts() const { return type != entry->spec.dtype; }
  /// True if it can be made in parts, without memory for the whole.
  bool streams() const { return casts() && planned == nullptr; }
};

struct Made {
  Buffer value;
  std::uint32_t crc32c = 0;           ///< Of the source's values.
  std::optional<CastLoss> loss = {};  ///< If there was a cast.
};

/// Memory that making takes, with what is made.
std::uint64_t CostOf(const Making& how);

/// Reads, verifies and converts. Errors: as CheckpointReader::Read, kUnmet "tensor/cast-loss",
/// kCancelled.
Result<Made> Make(const Making& how, const RunOptions& run);

/// Writes a value as `key`: `made`; or, if that is null, what it makes now, in parts if it can;
/// or strings, if there is no `how`. The answer may lack the value.
Result<Made> WriteValue(CheckpointWriter& writer, const std::string& key, const TensorSpec& spec,
                        const CheckpointReader& reader, const Entry& entry,
                        const std::optional<Making>& how, Made* made, const RunOptions& run);

/// True if the entry's stored bytes are not what this machine's checkpoints have: swapped,
/// compressed, in another order, or strings of another format. Its value is read, and written anew.
bool IsForeign(const CheckpointReader& reader, const Entry& entry);

}  // namespace regraft::edit
