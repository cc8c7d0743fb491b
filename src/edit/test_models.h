// edit/test_models.h - small checkpoints as TensorFlow saves them, for the tests of editing.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "testing/checkpoint_folder.h"

namespace regraft::edit {

/// model/{a,b}/{kernel,bias}, an optimizer of the older kind with slots m and v of the
/// kernels and a counter, save_counter. Values begin at `first` and are all different.
inline testing::TinyBundle Trained(float first = 1, const std::string& root = "model") {
  testing::TinyGraph graph;
  testing::TinyBundle bundle;
  float next = first;
  const auto add = [&](std::int32_t node, Shape shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.num_elements()));
    for (float& value : values) value = next++;
    bundle.AddFloats(graph.Key(node), std::move(shape), values);
  };
  const std::int32_t model = graph.AddNode(0, root);
  const std::int32_t optimizer = graph.AddNode(0, "optimizer");
  std::vector<std::int32_t> kernels;
  for (const std::string layer : {"a", "b"}) {
    const std::int32_t node = graph.AddNode(model, layer);
    kernels.push_back(graph.AddVariable(node, "kernel", root + "/" + layer + "/kernel",
                                        "net/" + layer + "/kernel"));
    const std::int32_t bias =
        graph.AddVariable(node, "bias", root + "/" + layer + "/bias", "net/" + layer + "/bias");
    add(kernels.back(), {2, 2});
    add(bias, {2});
  }
  const std::int32_t iter = graph.AddVariable(optimizer, "iter", "optimizer/iter", "Adam/iter");
  bundle.AddInt64s(graph.Key(iter), {}, {7});
  const std::int32_t rate = graph.AddVariable(optimizer, "learning_rate", "optimizer/learning_rate",
                                              "Adam/learning_rate");
  add(rate, {});
  for (const std::string slot : {"m", "v"}) {
    for (const std::int32_t kernel : kernels) {
      add(graph.AddSlot(optimizer, "optimizer", kernel, slot, "Adam/" + slot), {2, 2});
    }
  }
  const std::int32_t counter = graph.AddVariable(0, "save_counter", "save_counter", "save_counter");
  bundle.AddInt64s(graph.Key(counter), {}, {1});
  bundle.SetGraph(graph);
  return bundle;
}

/// Opens or fails the test.
inline CheckpointReader Open(const std::string& prefix) {
  auto reader = CheckpointReader::Open(prefix);
  if (!reader) ADD_FAILURE() << reader.error().ToString();
  return *std::move(reader);
}

/// The floats of an entry.
inline std::vector<float> Floats(const CheckpointReader& reader, const std::string& key) {
  const Entry* entry = reader.Find(key);
  if (entry == nullptr) {
    ADD_FAILURE() << "there is no " << key;
    return {};
  }
  std::vector<float> values(static_cast<std::size_t>(entry->spec.shape.num_elements()));
  const Status read = reader.Read(*entry, std::as_writable_bytes(std::span(values)));
  if (!read) ADD_FAILURE() << read.error().ToString();
  return values;
}

inline std::vector<std::string> Keys(const CheckpointReader& reader) {
  std::vector<std::string> keys;
  for (const Entry& entry : reader.entries()) keys.push_back(entry.key);
  return keys;
}

}  // namespace regraft::edit
