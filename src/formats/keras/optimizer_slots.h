// formats/keras/optimizer_slots.h - which variables of an optimizer belong to which of the model.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "formats/hdf5/contents.h"
#include "formats/keras/config.h"
#include "formats/keras/names.h"

namespace regraft::keras {

/// One variable of an optimizer that is known.
struct OptimizerVariable {
  std::size_t dataset = 0;   ///< Index into the contents' datasets.
  std::string slot;          ///< "momentum"; empty for what is the optimizer's own.
  std::size_t variable = 0;  ///< Of a slot: the dataset of its variable.
  std::string full_name;     ///< As Keras calls it: "adam/zz_kernel_momentum".
  std::string optimizer;     ///< Its place: "optimizer".
  bool average = false;      ///< It is an average of the variable, and no state of the optimizer.
  std::string own;           ///< What the optimizer calls it that is no slot: "_learning_rate".
};

/// The optimizer's variables by what the configuration tells of its class and of the order of
/// layers; none unless the numbers and all shapes agree with that. `names` are those of Keras 3.
/// `of_keras_2`: 2.12 to 2.15 wrote the file, whose optimizers have other names.
std::vector<OptimizerVariable> OptimizerVariables(const hdf5::Contents& contents,
                                                  const ModelConfig& config,
                                                  const std::vector<DatasetNames>& names,
                                                  bool of_keras_2);

/// True for a variable that no optimizer changes: statistics, and what seeds are made of.
bool IsStatistic(std::string_view variable);

}  // namespace regraft::keras
