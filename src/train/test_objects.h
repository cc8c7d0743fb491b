// train/test_objects.h - small objects for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "regraft/dtype.h"
#include "regraft/tensor.h"
#include "regraft/trackable.h"
#include "regraft/variable.h"

namespace regraft::train {

/// An object whose edges a test says.
struct Object : Trackable {
  using Trackable::AddVariable;
  using Trackable::AlsoSaveAs;
  using Trackable::Own;
  using Trackable::Track;
  using Trackable::Untrack;
  bool built() const override { return is_built; }
  bool is_built = true;
};
using ObjectPtr = std::shared_ptr<Object>;

/// A float variable with these values; its shape is that of a vector unless given.
inline Variable Floats(std::string full_name, const std::vector<float>& values, Shape shape) {
  Variable variable(std::move(full_name), {DType::kFloat32, std::move(shape)});
  std::copy(values.begin(), values.end(), variable.mutable_data<float>().begin());
  return variable;
}
inline Variable Floats(std::string full_name, const std::vector<float>& values) {
  return Floats(std::move(full_name), values, Shape{static_cast<std::int64_t>(values.size())});
}

/// An object with the variables `kernel` and `bias`, of which real TensorFlow files are known.
struct DenseObject : Object {
  DenseObject() {
    AddVariable("kernel", kernel);
    AddVariable("bias", bias);
  }
  Variable kernel = Floats("dense/kernel", {1, 2}, Shape{2, 1});
  Variable bias = Floats("dense/bias", {0.5F});
};

}  // namespace regraft::train
