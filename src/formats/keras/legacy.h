// formats/keras/legacy.h - the layout of Keras 1 and 2, and of what transformers writes with it.
#pragma once

#include <string>
#include <vector>

#include "formats/hdf5/contents.h"
#include "formats/keras/names.h"

namespace regraft::keras {

/// What a file of this layout says of itself.
struct Legacy {
  std::vector<DatasetNames> names;  ///< One for each dataset.
  std::vector<std::string> notes;
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

/// The texts of an attribute that may be cut in several, `name0`, `name1` …
std::vector<std::string> JoinedTexts(const hdf5::Contents& contents, std::string_view group,
                                     std::string_view name);

}  // namespace regraft::keras
