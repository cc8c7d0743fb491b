// formats/keras/legacy.h - the layout of Keras 1 and 2, and of what transformers writes with it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "archive/stored_tensor.h"
#include "archive/tensor_names.h"
#include "formats/hdf5/contents.h"
#include "formats/keras/names.h"

namespace regraft::keras {

/// What a file of this layout says of itself.
struct Legacy {
  std::vector<DatasetNames> names;  ///< One for each dataset.
  std::vector<std::string> notes;
  std::vector<std::string> missing;  ///< Layers and weights that are listed and not there.
  std::string keras_version, backend;
  /// Kernels may be flipped, and recurrent layers are in twelve arrays: not for live models.
  bool older_numbers = false;
  /// Datasets stand at the root under names whose first part is cut off: a shard of transformers.
  bool is_shard = false;
};

/// True if the root, or the group `model_weights`, lists layers.
bool IsLegacy(const hdf5::Contents& contents);

/// Pre: IsLegacy().
Legacy ReadLegacy(const hdf5::Contents& contents);

/// The name that a shard of transformers has for a variable: the name of the model, in front, is
/// cut off there and not in the index.
std::string NameInShard(const std::string& variable);

/// What the variables of all shards are called, whose keys the index has.
std::vector<archive::TensorNames> NamesOfShards(std::span<const archive::StoredTensor> tensors);

/// The texts of an attribute that may be cut in several, `name0`, `name1` …
std::vector<std::string> JoinedTexts(const hdf5::Contents& contents, std::string_view group,
                                     std::string_view name);

}  // namespace regraft::keras
