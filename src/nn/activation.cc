#include "nn/activation.h"

#include <algorithm>
#include <cmath>

namespace regraft::nn {
namespace {

void Softmax(std::span<float> row) {
  const float largest = *std::max_element(row.begin(), row.end());
  float sum = 0;
  for (float& value : row) {
    value = std::exp(value - largest);  // So that no exponential overflows.
    sum += value;
  }
  for (float& value : row) value /= sum;
}

}  // namespace

void Apply(Act function, std::int64_t row, std::span<float> values) {
  switch (function) {
    case Act::kLinear:
      break;
    case Act::kRelu:
      // Written so that a NaN stays one.
      for (float& value : values) value = value < 0 ? 0.0F : value;
      break;
    case Act::kSoftmax:
      for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(row)) {
        Softmax(values.subspan(at, static_cast<std::size_t>(row)));
      }
      break;
    case Act::kGelu:
      for (float& value : values) {
        value = 0.5F * value * (1.0F + std::erf(value * 0.70710678F));  // 1 / sqrt(2).
      }
      break;
    case Act::kTanh:
      for (float& value : values) value = std::tanh(value);
      break;
    case Act::kSigmoid:
      for (float& value : values) value = 1.0F / (1.0F + std::exp(-value));
      break;
  }
}

Activation::Activation(Act function, std::string name)
    : Layer("Activation", std::move(name)), function_(function) {}

Result<Tensor> Activation::Call(const Tensor& x) {
  const Shape& shape = x.shape();
  if (function_ == Act::kSoftmax && shape.rank() < 2) {
    return Fail(BadInput(shape, "softmax needs a batch axis and one more"));
  }
  Tensor y = x;
  Apply(function_, shape.rank() == 0 ? 1 : shape[shape.rank() - 1], y.mutable_data());
  return y;
}

}  // namespace regraft::nn
