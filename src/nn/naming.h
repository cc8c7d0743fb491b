// nn/naming.h - Keras' automatic names.
#pragma once

#include <string>
#include <string_view>

namespace regraft::nn {

/// The name that Keras makes of a class name: "Conv2D" -> "conv2d", "MaxPooling2D" ->
/// "max_pooling2d", "NamedModel" -> "named_model".
std::string SnakeCase(std::string_view class_name);

}  // namespace regraft::nn
