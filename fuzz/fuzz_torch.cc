// Any bytes as the pickle of a PyTorch file, and the tensors in it.
#include "formats/torch/pickle.h"
#include "formats/torch/tensors.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto values = regraft::torch::ReadPickle(regraft::fuzz::Text(data, size));
  if (!values) return 0;
  for (const regraft::torch::Value& value : values->all) {
    for (const regraft::torch::ValueId item : value.items) {
      regraft::fuzz::Require(item < values->all.size());
    }
  }
  const auto found = regraft::torch::FindTensors(*values);
  if (!found) return 0;
  for (const regraft::torch::View& view : found->tensors) {
    regraft::fuzz::Require(!view.opaque.empty() || view.strides.size() == view.spec.shape.rank());
  }
  return 0;
}
