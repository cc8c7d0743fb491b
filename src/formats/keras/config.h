// formats/keras/config.h - what a model's configuration tells of its layers' names and classes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/keras/classes.h"

namespace regraft::keras {

/// A layer as its configuration has it.
struct LayerConfig {
  std::string name;
  std::string snake_class;
  bool of_keras = false;  ///< The class is Keras' own, and no other of that name.
  Options options;
};

/// The layers of a model by the places that Keras 3 stores them at ("layers/dense_1",
/// "layers/functional/layers/conv2d"): the n-th of a class in its row.
struct ModelConfig {
  std::map<std::string, LayerConfig, std::less<>> layers;
  std::string optimizer_class;  ///< In snake case, or empty.
  bool readable = false;        ///< It is one; false: nothing is known.
};

/// Reads `config.json` of a .keras file, or the attribute `model_config`. What cannot be read
/// gives a configuration that knows nothing: it only serves names.
/// Cost: linear; at most 64 MiB and 64 levels are looked at.
ModelConfig ReadConfig(std::string_view json);

}  // namespace regraft::keras
