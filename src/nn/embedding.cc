#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "regraft/nn.h"

namespace regraft::nn {

Embedding::Embedding(std::int64_t input_dim, std::int64_t output_dim, std::string name)
    : Layer("Embedding", std::move(name)), input_dim_(input_dim), output_dim_(output_dim) {}

Status Embedding::CreateVariables(const Shape&) {
  if (input_dim_ <= 0 || output_dim_ <= 0) {
    return Fail(BadArgument("input_dim and output_dim must be positive"));
  }
  REGRAFT_CHECK(AddWeight("embeddings", {input_dim_, output_dim_}, Initializer::kUniform));
  AlsoSaveAs("embeddings", "_embeddings");  // Keras 3's edge.
  return {};
}

Result<Tensor> Embedding::Call(const Tensor& x) {
  std::vector<std::int64_t> dims(x.shape().dims().begin(), x.shape().dims().end());
  dims.push_back(output_dim_);
  REGRAFT_TRY(Shape shape, Shape::Make(std::move(dims)));
  Tensor y(std::move(shape));
  const train::Variable table = embeddings();
  float* out = y.mutable_data().data();
  for (const float value : x.data()) {
    // Keras leaves out the fraction. NaN fails the comparison.
    if (!(value > -1.0F && value < static_cast<float>(input_dim_))) {
      return Fail(BadInput(x.shape(), fmt::format("it holds {}, which is not one of the {} rows",
                                                  value, input_dim_)));
    }
    const auto row = static_cast<std::int64_t>(value);
    std::copy_n(table.data<float>().data() + row * output_dim_, output_dim_, out);
    out += output_dim_;
  }
  return y;
}

}  // namespace regraft::nn
