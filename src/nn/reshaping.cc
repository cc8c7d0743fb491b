#include <fmt/format.h>

#include "base/try.h"
#include "regraft/nn.h"

namespace regraft::nn {

Flatten::Flatten(std::string name) : Layer("Flatten", std::move(name)) {}

Result<Tensor> Flatten::Call(const Tensor& x) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0) return Fail(BadInput(shape, "a batch axis is needed"));
  REGRAFT_TRY(const Shape rest, Shape::Make({shape.dims().begin() + 1, shape.dims().end()}));
  return Tensor::Make(Shape{shape[0], rest.num_elements()}, {x.data().begin(), x.data().end()});
}

Dropout::Dropout(float rate, std::string name) : Layer("Dropout", std::move(name)), rate_(rate) {}

Status Dropout::CreateVariables(const Shape&) {
  if (!(rate_ >= 0.0F && rate_ <= 1.0F)) {
    return Fail(BadArgument(fmt::format("rate is {}, which is not within 0 and 1", rate_)));
  }
  return {};
}

Result<Tensor> Dropout::Call(const Tensor& x) { return x; }

}  // namespace regraft::nn
