// V1 checkpoints that TensorFlow wrote: tests/golden/formats/tf_v1.py.
#pragma once

#include "formats.h"
#include "testing/golden.h"

namespace regraft::contract {

inline std::vector<FormatCase> TfV1Formats() {
  const auto counting = [](std::string key, DType dtype, Shape shape) {
    Sample sample{std::move(key), {dtype, std::move(shape)}, ""};
    const auto bytes = static_cast<std::size_t>(sample.spec.Bytes().value());
    for (std::size_t i = 0; i < bytes; ++i) {
      sample.bytes += static_cast<char>((i * 37 + sample.key.size()) % 251);
    }
    return sample;
  };
  FormatCase plain{"tf_v1", "run/m.ckpt", true};
  plain.files["run/m.ckpt"] = testing::Golden("formats/tf_v1/plain.ckpt");
  plain.samples.clear();
  for (const DType dtype :
       {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kUint8, DType::kInt16, DType::kInt8,
        DType::kInt64, DType::kComplex64, DType::kComplex128, DType::kFloat16, DType::kUint16}) {
    plain.samples.push_back(counting("all/" + DTypeName(dtype), dtype, Shape{2, 3}));
  }
  plain.samples.push_back({"mask", {DType::kBool, Shape{3}}, std::string("\1\0\1", 3)});
  plain.samples.push_back(counting("none", DType::kFloat64, Shape{0, 3}));
  plain.samples.push_back(counting("step", DType::kInt64, Shape{}));
  plain.in_place = false;

  FormatCase sharded{"tf_v1_shards", "run/m.ckpt", true};
  for (const char* shard : {"-00000-of-00003", "-00001-of-00003", "-00002-of-00003"}) {
    sharded.files["run/m.ckpt" + std::string(shard)] =
        testing::Golden("formats/tf_v1/sharded.ckpt" + std::string(shard));
  }
  sharded.samples = {counting("x/a", DType::kFloat32, Shape{2, 3}),
                     counting("x/b", DType::kFloat32, Shape{2, 3}),
                     counting("rows", DType::kFloat32, Shape{5, 2}),
                     counting("columns", DType::kFloat32, Shape{2, 5})};
  sharded.in_place = false;
  return {plain, sharded};
}

}  // namespace regraft::contract
