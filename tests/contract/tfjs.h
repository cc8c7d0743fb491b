// Weights that the converter of TF.js wrote: tests/golden/formats/tfjs.py.
#pragma once

#include "formats.h"
#include "testing/golden.h"

namespace regraft::contract {

inline std::vector<FormatCase> TfjsFormats() {
  const auto counting = [](std::string key, DType dtype, Shape shape) {
    Sample sample{std::move(key), {dtype, std::move(shape)}, ""};
    const auto bytes = static_cast<std::size_t>(sample.spec.Bytes().value());
    for (std::size_t i = 0; i < bytes; ++i) {
      sample.bytes += static_cast<char>((i * 37 + sample.key.size()) % 251);
    }
    return sample;
  };
  const std::vector<Sample> samples = {counting("dense/kernel", DType::kFloat32, Shape{4, 3}),
                                       counting("dense/bias", DType::kFloat32, Shape{3}),
                                       counting("small", DType::kUint8, Shape{5}),
                                       counting("wide", DType::kUint16, Shape{3}),
                                       {"mask", {DType::kBool, Shape{3}}, std::string("\1\0\1", 3)},
                                       counting("step", DType::kInt32, Shape{}),
                                       counting("wave", DType::kComplex64, Shape{2}),
                                       counting("none", DType::kFloat32, Shape{0, 3})};
  const auto make = [&](const std::string& name, const std::string& folder,
                        const std::vector<std::string>& names) {
    FormatCase format{name, "run/model.json", false};
    for (const std::string& each : names) {
      format.files["run/" + each] = testing::Golden("formats/tfjs/" + folder + "/" + each);
    }
    format.samples = samples;
    return format;
  };
  return {make("tfjs", "whole", {"model.json", "group1-shard1of1.bin", "group2-shard1of1.bin"}),
          make("tfjs_cut", "cut",
               {"model.json", "group1-shard1of4.bin", "group1-shard2of4.bin",
                "group1-shard3of4.bin", "group1-shard4of4.bin", "group2-shard1of1.bin"})};
}

}  // namespace regraft::contract
