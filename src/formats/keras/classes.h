// formats/keras/classes.h - how the layers of Keras call their variables, by class.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/tensor.h"

namespace regraft::keras {

/// "conv2d_transpose" of "Conv2DTranspose", as Keras makes names of layers and places of them.
std::string SnakeCase(std::string_view class_name);

/// What a layer was made with, as far as its variables depend on it; nothing where nobody knows.
struct Options {
  std::optional<bool> scale, center;  ///< Of normalizations.
};

/// The names of a layer's variables in the order in which it makes them, if the class (in snake
/// case) is known and has variables of these shapes; else nothing. A name that the shapes and
/// options leave open is never guessed.
std::vector<std::string_view> VariableNames(std::string_view snake_class,
                                            std::span<const Shape> shapes, const Options& options);

/// The same where only the shapes are known: a kernel with its bias, a normalization with its
/// statistics, a recurrent cell.
std::vector<std::string_view> VariableNamesByShapes(std::span<const Shape> shapes);

/// True if VariableNames() knows the class.
bool IsKnownClass(std::string_view snake_class);

}  // namespace regraft::keras
