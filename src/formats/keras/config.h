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
  bool is_model = false;  ///< It has a row of layers.
  bool trainable = true;
  Options options;
  /// Places of what is in it, in order: layers of a model, or the one that a wrapper has.
  std::vector<std::string> members;
};

/// The optimizer that a model was compiled with, as far as its variables depend on it.
struct OptimizerConfig {
  std::string snake_class;  ///< Or empty.
  std::string name;
  bool has_momentum = false, amsgrad = false, centered = false;
  bool averages = false, accumulates = false;
};

/// The layers of a model by the places that Keras 3 stores them at ("layers/dense_1",
/// "layers/functional/layers/conv2d"): the n-th of a class in its row.
struct ModelConfig {
  std::map<std::string, LayerConfig, std::less<>> layers;
  std::vector<std::string> members;  ///< Places of the outermost layers, in order.
  OptimizerConfig optimizer;
  OptimizerConfig inner_optimizer;  ///< Of an optimizer that wraps one.
  bool readable = false;            ///< It is one; false: nothing is known.

  /// The layer at a place of a file, whose older spelling of a row of layers is understood, too;
  /// or nullptr.
  const LayerConfig* At(std::string_view place) const;
};

/// Reads `config.json` of a .keras file, or the attribute `model_config`. What cannot be read
/// gives a configuration that knows nothing: it only serves names.
/// Cost: linear; at most 64 MiB and 64 levels are looked at.
ModelConfig ReadConfig(std::string_view json);

}  // namespace regraft::keras
