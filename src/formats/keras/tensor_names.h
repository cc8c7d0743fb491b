// formats/keras/tensor_names.h - what an archive tells of the variables of a Keras file.
#pragma once

#include <vector>

#include "archive/tensor_names.h"
#include "formats/hdf5/contents.h"
#include "formats/keras/config.h"
#include "formats/keras/names.h"

namespace regraft::keras {

/// Of a file of Keras 3, or of 2.12 to 2.15 in that layout: one for each dataset.
std::vector<archive::TensorNames> TensorNamesOfKeras3(const hdf5::Contents& contents,
                                                      const ModelConfig& config, bool of_keras_2);

/// Of the layout of Keras 1 and 2: one for each dataset, which `names` has in the same order.
std::vector<archive::TensorNames> TensorNamesOfLegacy(const hdf5::Contents& contents,
                                                      const std::vector<DatasetNames>& names);

}  // namespace regraft::keras
