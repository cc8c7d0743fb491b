// The files of Keras and HDF5 in the contract.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "formats.h"
#include "testing/golden.h"

namespace regraft::contract {

/// What h5py and Keras wrote.
inline std::vector<FormatCase> KerasFormats() {
  const auto floats = [](std::string key, Shape shape, std::vector<float> values) {
    Sample sample{std::move(key), {DType::kFloat32, std::move(shape)}, ""};
    sample.bytes.assign(reinterpret_cast<const char*>(values.data()), 4 * values.size());
    return sample;
  };
  const auto of = [](std::string name, const char* golden, const char* path,
                     std::vector<Sample> samples) {
    FormatCase made{.name = std::move(name), .path = path};
    made.files = {{path, testing::Golden(golden)}};
    made.samples = std::move(samples);
    return made;
  };
  const std::vector<Sample> v3 = {floats("layers/dense/vars/0", {2, 1}, {1, 2}),
                                  floats("layers/dense/vars/1", {1}, {3})};
  return {of("hdf5", "formats/plain.h5", "run/a.h5", {floats("k", {2}, {1, 2})}),
          of("keras_v3", "formats/keras3.weights.h5", "run/a.weights.h5", v3),
          of("keras_zip", "formats/keras3.keras", "run/a.keras", v3),
          of("keras_legacy", "formats/keras2.h5", "run/a.h5",
             {floats("model_weights/zz/m/zz/bias", {1}, {3}),
              floats("model_weights/zz/m/zz/kernel", {2, 1}, {1, 2})})};
}

}  // namespace regraft::contract
