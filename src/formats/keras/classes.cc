#include "formats/keras/classes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace regraft::keras {
namespace {

using Names = std::vector<std::string_view>;
using Shapes = std::span<const Shape>;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

std::int64_t Last(const Shape& shape) { return shape[shape.rank() - 1]; }

// A bias has the kernel's last extents; a depthwise one has the last two as one, and that of a
// transposed convolution the last but one.
bool IsBiasOf(const Shape& bias, const Shape& kernel) {
  if (kernel.rank() < 2 || bias.rank() == 0 || bias.rank() >= kernel.rank()) return false;
  const std::size_t skipped = kernel.rank() - bias.rank();
  if (std::equal(bias.dims().begin(), bias.dims().end(),
                 kernel.dims().begin() + static_cast<std::ptrdiff_t>(skipped))) {
    return true;
  }
  return bias.rank() == 1 && kernel.rank() > 2 &&
         (bias[0] == Last(kernel) * kernel[kernel.rank() - 2] ||
          bias[0] == kernel[kernel.rank() - 2]);
}

bool AreVectorsAlike(Shapes shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [&](const Shape& shape) {
    return shape.rank() == 1 && shape == shapes.front();
  });
}

Names Kernel(Shapes shapes, const Options&) {
  if (shapes.empty() || shapes[0].rank() < 2) return {};
  if (shapes.size() == 1) return {"kernel"};
  if (shapes.size() == 2 && IsBiasOf(shapes[1], shapes[0])) return {"kernel", "bias"};
  return {};
}

Names Separable(Shapes shapes, const Options&) {
  if (shapes.size() < 2 || shapes.size() > 3 || shapes[0].rank() < 3 ||
      shapes[1].rank() != shapes[0].rank()) {
    return {};
  }
  if (shapes.size() == 2) return {"depthwise_kernel", "pointwise_kernel"};
  if (shapes[2].rank() != 1 || shapes[2][0] != Last(shapes[1])) return {};
  return {"depthwise_kernel", "pointwise_kernel", "bias"};
}

Names Recurrent(Shapes shapes, const Options&) {
  if (shapes.size() < 2 || shapes.size() > 3 || shapes[0].rank() < 2 ||
      shapes[1].rank() != shapes[0].rank() || Last(shapes[0]) != Last(shapes[1])) {
    return {};
  }
  if (shapes.size() == 2) return {"kernel", "recurrent_kernel"};
  const Shape& bias = shapes[2];
  if (bias.rank() < 1 || bias.rank() > 2 || Last(bias) != Last(shapes[0])) return {};
  return {"kernel", "recurrent_kernel", "bias"};
}

Names BatchNormalization(Shapes shapes, const Options& options) {
  if (shapes.empty() || !AreVectorsAlike(shapes)) return {};
  Names names;
  // Only the layer's options tell which two or three of the four they are: nothing but statistics,
  // or the first ones of a layer that goes on in another file.
  if (shapes.size() == 2) {
    if (options.scale.value_or(true) || options.center.value_or(true)) return {};
  } else if (shapes.size() == 3) {
    if (!options.scale || !options.center || *options.scale == *options.center) return {};
    names = {*options.scale ? "gamma" : "beta"};
  } else if (shapes.size() == 4 || shapes.size() == 7) {
    if (!options.scale.value_or(true) || !options.center.value_or(true)) return {};
    names = {"gamma", "beta"};
  } else {
    return {};
  }
  names.insert(names.end(), {"moving_mean", "moving_variance"});
  if (shapes.size() == 7)
    names.insert(names.end(), {"moving_stddev", "renorm_mean", "renorm_stddev"});
  return names;
}

Names Affine(Shapes shapes, const Options& options) {
  const bool alike = !shapes.empty() && shapes.size() <= 2 &&
                     std::all_of(shapes.begin(), shapes.end(), [&](const Shape& shape) {
                       return shape.rank() >= 1 && shape == shapes.front();
                     });
  if (!alike) return {};
  if (shapes.size() == 2) return {"gamma", "beta"};
  if (!options.scale || !options.center || *options.scale == *options.center) return {};
  return {*options.scale ? "gamma" : "beta"};
}

Names Embedding(Shapes shapes, const Options&) {
  return shapes.size() == 1 && shapes[0].rank() == 2 ? Names{"embeddings"} : Names{};
}
Names ReversibleEmbedding(Shapes shapes, const Options& options) {
  if (shapes.size() != 2 || shapes[0].rank() != 2 || shapes[1].rank() != 2) {
    return Embedding(shapes, options);
  }
  return {"embeddings", "reverse_embeddings"};
}
Names Scale(Shapes shapes, const Options&) {
  return shapes.size() == 1 && shapes[0].rank() <= 1 ? Names{"scale"} : Names{};
}
Names Alpha(Shapes shapes, const Options&) {
  return shapes.size() == 1 && shapes[0].rank() >= 1 ? Names{"alpha"} : Names{};
}
Names Normalization(Shapes shapes, const Options&) {
  if (shapes.size() != 3 || shapes[0] != shapes[1] || shapes[2].rank() != 0) return {};
  return {"mean", "variance", "count"};
}

struct Class {
  std::string_view name;
  Names (*names)(Shapes, const Options&);
};
constexpr std::array kClasses = {
    Class{"additive_attention", Scale},
    Class{"attention", Scale},
    Class{"batch_normalization", BatchNormalization},
    Class{"conv1d", Kernel},
    Class{"conv1d_transpose", Kernel},
    Class{"conv2d", Kernel},
    Class{"conv2d_transpose", Kernel},
    Class{"conv3d", Kernel},
    Class{"conv3d_transpose", Kernel},
    Class{"conv_lstm1d", Recurrent},
    Class{"conv_lstm2d", Recurrent},
    Class{"conv_lstm3d", Recurrent},
    Class{"conv_lstm_cell", Recurrent},
    Class{"dense", Kernel},
    Class{"depthwise_conv1d", Kernel},
    Class{"depthwise_conv2d", Kernel},
    Class{"einsum_dense", Kernel},
    Class{"embedding", Embedding},
    Class{"group_normalization", Affine},
    Class{"gru", Recurrent},
    Class{"gru_cell", Recurrent},
    Class{"layer_normalization", Affine},
    Class{"lstm", Recurrent},
    Class{"lstm_cell", Recurrent},
    Class{"normalization", Normalization},
    Class{"p_re_lu", Alpha},
    Class{"reversible_embedding", ReversibleEmbedding},
    Class{"rms_normalization", Scale},
    Class{"separable_conv1d", Separable},
    Class{"separable_conv2d", Separable},
    Class{"simple_rnn", Recurrent},
    Class{"simple_rnn_cell", Recurrent},
};

const Class* Find(std::string_view name) {
  const auto found =
      std::lower_bound(kClasses.begin(), kClasses.end(), name,
                       [](const Class& one, std::string_view wanted) { return one.name < wanted; });
  return found != kClasses.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

// Keras' own two passes: a '_' before a capital with small letters behind it, then one between a
// small letter and a capital.
std::string SnakeCase(std::string_view class_name) {
  std::string first;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const bool starts_word =
        i > 0 && IsUpper(class_name[i]) && i + 1 < class_name.size() && IsLower(class_name[i + 1]);
    if (starts_word && first.back() != '_') first += '_';
    first += class_name[i];
  }
  std::string snake;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i > 0 && IsLower(first[i - 1]) && IsUpper(first[i])) snake += '_';
    snake += IsUpper(first[i]) ? static_cast<char>(first[i] - 'A' + 'a') : first[i];
  }
  return snake;
}

std::vector<std::string_view> VariableNames(std::string_view snake_class,
                                            std::span<const Shape> shapes, const Options& options) {
  const Class* const known = Find(snake_class);
  return known == nullptr ? Names{} : known->names(shapes, options);
}

std::vector<std::string_view> VariableNamesByShapes(std::span<const Shape> shapes) {
  if (shapes.size() == 2 && shapes[0].rank() >= 2) return Kernel(shapes, {});
  if (shapes.size() == 4) return BatchNormalization(shapes, {});
  if (shapes.size() == 3) return Recurrent(shapes, {});
  return {};
}

bool IsKnownClass(std::string_view snake_class) { return Find(snake_class) != nullptr; }

}  // namespace regraft::keras
