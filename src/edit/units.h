// edit/units.h - what is written, in which order, into which data file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "edit/made_value.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"
#include "restore/schedule.h"

namespace regraft::edit {

/// The data file that something counts to when files are laid out: what is made of others, and is
/// in none, goes along with the last one.
inline std::uint32_t FileToLayOut(const CheckpointReader& reader, std::uint32_t file) {
  const std::uint32_t files = reader.num_files();
  return file < files ? file : std::max<std::uint32_t>(files, 1) - 1;
}

/// Says before which steps a new data file begins: `shards` of about equal size, cut between
/// steps; 0: where the one source begins one, or never.
std::vector<bool> LayOut(const restore::Schedule& schedule, std::int32_t shards);

/// What will be written, whatever order that takes.
struct Content {
  std::vector<std::pair<std::string, TensorSpec>> tensors;  ///< By restore::Use::place.
  std::string object_graph = {};                            ///< Written last, if not empty.
  std::map<std::string, std::string> metadata = {};
  /// What is written is a copy of this with other values: see CheckpointWriter::CreateLike().
  const CheckpointReader* like = nullptr;
};

/// Writes the steps of a schedule.
class StepWriter {
 public:
  virtual ~StepWriter() = default;
  /// How the step's value is made; nothing if it is written as it is stored.
  virtual std::optional<Making> HowToMake(const restore::Step& step) const = 0;
  /// Writes the step, called in order by one thread. `made` is what was made of it, or null: it is
  /// stored, or so large that it is made here.
  virtual Status Write(const restore::Step& step, Made* made, CheckpointWriter& writer) = 0;
};

/// Writes a checkpoint of the schedule, in its order or that which the format of `prefix` asks
/// for. What has to be made is made ahead by several threads. `readers` are those that are read.
/// Errors: CheckDestination()'s, CheckpointWriter's, those of `write`, kCancelled. Nothing is
///         left of the checkpoint then.
Result<Written> WriteSteps(const std::string& prefix,
                           std::span<const CheckpointReader* const> readers, const Content& content,
                           const restore::Schedule& schedule, const EditOptions& options,
                           StepWriter& steps);

}  // namespace regraft::edit
