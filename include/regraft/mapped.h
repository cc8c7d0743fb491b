// regraft/mapped.h - a checkpoint seen through a map of tensors.
#pragma once

#include <string>
#include <utility>
#include <vector>

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

/// How a checkpoint is to be seen. A plain value; the default shows it as it is.
struct ViewOptions {
  // One of these.
  std::string layout = {};             ///< Of Layouts(): "keras->torch".
  std::string preset = {};             ///< The name of one of Presets().
  std::string map = {};                ///< The text of a map file.
  std::vector<LayerRule> layers = {};  ///< With a layout: what its layers are.
  /// With a map: what "{heads}" stands for.
  std::vector<std::pair<std::string, std::string>> set = {};
  bool reverse = false;  ///< The map backwards.

  bool any() const { return !layout.empty() || !preset.empty() || !map.empty(); }
};

/// The map for a catalog that is to be seen so. Pre: view.any().
/// Errors: as Viewed(), without Mapped()'s.
Result<TensorMap> MapFor(const ViewOptions& view, const Catalog& catalog);

/// The checkpoint seen so. Errors: Mapped()'s, LayoutMap()'s, PresetMap()'s, Inverse()'s;
/// kInvalidArgument "map/options" for options that do not go together.
Result<CheckpointReader> Viewed(CheckpointReader source, const ViewOptions& view);

}  // namespace regraft
