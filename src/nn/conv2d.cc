#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "nn/activation.h"
#include "nn/matrix.h"
#include "nn/window.h"
#include "regraft/nn.h"

namespace regraft::nn {

Conv2D::Conv2D(std::int64_t filters, Size2D kernel_size, Conv2DOptions options)
    : Layer("Conv2D", options.name),
      filters_(filters),
      kernel_size_(kernel_size),
      options_(std::move(options)) {}

Status Conv2D::CreateVariables(const Shape& input_shape) {
  if (filters_ <= 0 || !IsExtent(kernel_size_) || !IsExtent(options_.strides) ||
      !IsExtent(options_.dilation)) {
    return Fail(BadArgument("filters, kernel_size, strides and dilation must be positive"));
  }
  if (options_.strides != Size2D(1) && options_.dilation != Size2D(1)) {
    return Fail(BadArgument("strides and dilation cannot both be above 1"));
  }
  if (options_.groups <= 0 || filters_ % options_.groups != 0) {
    return Fail(BadArgument(
        fmt::format("{} filters cannot be divided into {} groups", filters_, options_.groups)));
  }
  if (input_shape.rank() != 4) {
    return Fail(BadInput(input_shape, "[batch, height, width, channels] is needed"));
  }
  const std::int64_t channels = input_shape[3];
  if (channels % options_.groups != 0) {
    return Fail(BadInput(input_shape, fmt::format("{} channels cannot be divided into {} groups",
                                                  channels, options_.groups)));
  }
  REGRAFT_CHECK(AddWeight(
      "kernel", {kernel_size_.height, kernel_size_.width, channels / options_.groups, filters_},
      Initializer::kGlorotUniform));
  AlsoSaveAs("kernel", "_kernel");  // Keras 3's edge.
  if (options_.use_bias) REGRAFT_CHECK(AddWeight("bias", {filters_}, Initializer::kZeros));
  return {};
}

Result<Tensor> Conv2D::Call(const Tensor& x) {
  const train::Variable weights = kernel();
  const std::int64_t group_channels = weights.shape()[2];
  const std::int64_t channels = group_channels * options_.groups;
  if (x.shape().rank() != 4 || x.shape()[3] != channels) {
    return Fail(BadInput(x.shape(), fmt::format("the layer was built for [batch, height, width, "
                                                "{}]",
                                                channels)));
  }
  const std::optional<Windows> windows =
      MakeWindows(x.shape(), kernel_size_, options_.strides, options_.dilation, options_.padding);
  if (!windows) return Fail(BadInput(x.shape(), "it is smaller than the kernel"));
  const auto& [rows, columns] = *windows;
  const std::int64_t batch = x.shape()[0];
  REGRAFT_TRY(Shape shape, Shape::Make({batch, rows.out, columns.out, filters_}));
  Tensor y(std::move(shape));

  // One row of windows at a time becomes a matrix of patches, which is multiplied with the
  // kernel: [windows, patch] * [patch, filters].
  const std::int64_t patch = rows.kernel * columns.kernel * group_channels;
  const std::int64_t group_filters = filters_ / options_.groups;
  const ConstMatrixView matrix(weights.data<float>().data(), patch, filters_);
  Matrix patches(columns.out, patch);
  for (std::int64_t image = 0; image < batch; ++image) {
    const float* const pixels = x.data().data() + image * rows.in * columns.in * channels;
    for (std::int64_t row = 0; row < rows.out; ++row) {
      MatrixView out(y.mutable_data().data() + (image * rows.out + row) * columns.out * filters_,
                     columns.out, filters_);
      for (std::int64_t group = 0; group < options_.groups; ++group) {
        patches.setZero();
        for (std::int64_t column = 0; column < columns.out; ++column) {
          float* cell = patches.data() + column * patch;
          for (std::int64_t i = 0; i < rows.kernel; ++i) {
            for (std::int64_t j = 0; j < columns.kernel; ++j, cell += group_channels) {
              const std::int64_t r = rows.At(row, i);
              const std::int64_t c = columns.At(column, j);
              if (r < 0 || r >= rows.in || c < 0 || c >= columns.in) continue;
              std::copy_n(pixels + (r * columns.in + c) * channels + group * group_channels,
                          group_channels, cell);
            }
          }
        }
        out.middleCols(group * group_filters, group_filters).noalias() =
            patches * matrix.middleCols(group * group_filters, group_filters);
      }
      if (options_.use_bias) {
        const train::Variable shift = bias();
        out.rowwise() += ConstRowView(shift.data<float>().data(), filters_);
      }
    }
  }
  Apply(options_.activation, filters_, y.mutable_data());
  return y;
}

}  // namespace regraft::nn
