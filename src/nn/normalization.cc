#include <fmt/format.h>

#include <cmath>

#include "base/try.h"
#include "regraft/nn.h"

namespace regraft::nn {
namespace {

std::int64_t LastAxis(const Shape& shape) {
  return shape.rank() < 2 ? -1 : shape[shape.rank() - 1];
}

// The elements of a variable, or nothing if the layer does without it.
const float* DataOrNull(const train::Variable& variable) {
  return variable.exists() ? variable.data<float>().data() : nullptr;
}

}  // namespace

BatchNormalization::BatchNormalization(NormalizationOptions options)
    : Layer("BatchNormalization", options.name), options_(std::move(options)) {}

Status BatchNormalization::CreateVariables(const Shape& input_shape) {
  const std::int64_t channels = LastAxis(input_shape);
  if (channels < 0) {
    return Fail(BadInput(input_shape, "a batch axis and at least one more are needed"));
  }
  if (options_.scale) REGRAFT_CHECK(AddWeight("gamma", {channels}, Initializer::kOnes));
  if (options_.center) REGRAFT_CHECK(AddWeight("beta", {channels}, Initializer::kZeros));
  REGRAFT_CHECK(AddWeight("moving_mean", {channels}, Initializer::kZeros, false));
  REGRAFT_CHECK(AddWeight("moving_variance", {channels}, Initializer::kOnes, false));
  return {};
}

Result<Tensor> BatchNormalization::Call(const Tensor& x) {
  const train::Variable mean = moving_mean();
  const train::Variable variance = moving_variance();
  const std::int64_t channels = mean.shape()[0];
  if (LastAxis(x.shape()) != channels) {
    return Fail(
        BadInput(x.shape(), fmt::format("the layer was built for a last axis of {}", channels)));
  }
  const train::Variable scale = gamma();
  const train::Variable shift = beta();
  std::vector<float> factor(static_cast<std::size_t>(channels));
  std::vector<float> offset(factor.size());
  for (std::size_t c = 0; c < factor.size(); ++c) {
    factor[c] = 1.0F / std::sqrt(variance.data<float>()[c] + options_.epsilon);
    if (scale.exists()) factor[c] *= scale.data<float>()[c];
    offset[c] =
        (shift.exists() ? shift.data<float>()[c] : 0.0F) - mean.data<float>()[c] * factor[c];
  }
  Tensor y = x;
  std::size_t c = 0;
  for (float& value : y.mutable_data()) {
    value = value * factor[c] + offset[c];
    if (++c == factor.size()) c = 0;
  }
  return y;
}

LayerNormalization::LayerNormalization(NormalizationOptions options)
    : Layer("LayerNormalization", options.name), options_(std::move(options)) {}

Status LayerNormalization::CreateVariables(const Shape& input_shape) {
  const std::int64_t size = LastAxis(input_shape);
  if (size <= 0) {
    return Fail(BadInput(input_shape, "a batch axis and at least one more are needed"));
  }
  if (options_.scale) REGRAFT_CHECK(AddWeight("gamma", {size}, Initializer::kOnes));
  if (options_.center) REGRAFT_CHECK(AddWeight("beta", {size}, Initializer::kZeros));
  size_ = size;
  return {};
}

Result<Tensor> LayerNormalization::Call(const Tensor& x) {
  if (LastAxis(x.shape()) != size_) {
    return Fail(
        BadInput(x.shape(), fmt::format("the layer was built for a last axis of {}", size_)));
  }
  const train::Variable scale = gamma();
  const train::Variable shift = beta();
  const float* const by = DataOrNull(scale);
  const float* const plus = DataOrNull(shift);
  Tensor y = x;
  const auto size = static_cast<std::size_t>(size_);
  for (std::size_t at = 0; at < y.data().size(); at += size) {
    const std::span<float> row = y.mutable_data().subspan(at, size);
    double sum = 0;
    for (const float value : row) sum += value;
    const double mean = sum / static_cast<double>(size);
    double squares = 0;
    for (const float value : row) squares += (value - mean) * (value - mean);
    const double factor = 1.0 / std::sqrt(squares / static_cast<double>(size) +
                                          static_cast<double>(options_.epsilon));
    for (std::size_t i = 0; i < size; ++i) {
      double value = (row[i] - mean) * factor;
      if (by != nullptr) value *= by[i];
      if (plus != nullptr) value += plus[i];
      row[i] = static_cast<float>(value);
    }
  }
  return y;
}

}  // namespace regraft::nn
