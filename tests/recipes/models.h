// recipes/models.h - the models of the recipes, and checkpoints of them as TensorFlow writes them.
#pragma once

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "regraft/error.h"
#include "regraft/nn.h"
#include "regraft/tensor.h"
#include "testing/tiny_bundle.h"

namespace regraft::recipes {

/// Bytes of a variable, to see whether they change.
inline std::vector<float> ValuesOf(const train::Variable& variable) {
  const auto data = variable.data<float>();
  return {data.begin(), data.end()};
}

/// n, n + 1, n + 2 ...: the values of a stored variable.
inline std::vector<float> Counting(const Shape& shape, float first) {
  std::vector<float> values(static_cast<std::size_t>(shape.num_elements()));
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// A checkpoint of Checkpoint(model=...).save(stem): the prefix ends in "-1".
class Saved {
 public:
  Saved() : model_(graph_.AddNode(0, "model")) {}

  /// An object below the model; its number.
  std::int32_t Object(std::int32_t parent, const std::string& edge) {
    return graph_.AddNode(parent, edge);
  }
  std::int32_t model() const { return model_; }

  Saved& Variable(std::int32_t parent, const std::string& edge, const std::string& path,
                  const std::string& full_name, const Shape& shape, float first) {
    graph_.AddVariable(parent, edge, path, full_name);
    bundle_.AddFloats(testing::ValueKey(path), shape, Counting(shape, first));
    return *this;
  }

  /// Writes the files in a folder of the running test; the stem, as given to save().
  std::string Save(const std::string& stem) {
    graph_.AddVariable(0, "save_counter", "save_counter", "save_counter");
    bundle_.AddInt64s(testing::ValueKey("save_counter"), Shape{}, {1});
    bundle_.SetGraph(graph_);
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string path =
        ::testing::TempDir() + test->test_suite_name() + "." + test->name() + "/" + stem;
    bundle_.WriteTo(path + "-1");
    return path;
  }

 private:
  testing::TinyGraph graph_;
  testing::TinyBundle bundle_;
  std::int32_t model_;
};

/// A convolutional base in a list, and a head that differs between models.
class BaseAndHead : public nn::Model {
 public:
  explicit BaseAndHead(std::int64_t classes) : Model("model") {
    head_layers = {nn::Make<nn::Flatten>(), nn::Make<nn::Dense>(classes)};
    Track("base_layers", base_layers);
    Track("head_layers", head_layers);
  }
  std::vector<nn::LayerPtr> base_layers = {nn::Make<nn::Conv2D>(2, 3), nn::Make<nn::MaxPool2D>()};
  std::vector<nn::LayerPtr> head_layers;

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return nn::Chain(base_layers, x).and_then([&](const nn::Tensor& h) {
      return nn::Chain(head_layers, h);
    });
  }
};
inline const Shape kImage{1, 6, 6, 1};

/// Keras 2's file of BaseAndHead with 10 classes.
inline std::string SaveBaseAndHead() {
  Saved saved;
  const std::int32_t base = saved.Object(saved.model(), "base_layers");
  const std::int32_t conv = saved.Object(base, "0");
  const std::int32_t head = saved.Object(saved.model(), "head_layers");
  const std::int32_t dense = saved.Object(head, "1");
  saved.Variable(conv, "kernel", "model/base_layers/0/kernel", "model/conv2d/kernel",
                 Shape{3, 3, 1, 2}, 100);
  saved.Variable(conv, "bias", "model/base_layers/0/bias", "model/conv2d/bias", Shape{2}, 200);
  saved.Variable(dense, "kernel", "model/head_layers/1/kernel", "model/dense/kernel", Shape{8, 10},
                 300);
  saved.Variable(dense, "bias", "model/head_layers/1/bias", "model/dense/bias", Shape{10}, 400);
  return saved.Save("ckpt_model_A");
}

class NamedModel : public nn::Model {
 public:
  NamedModel() : Model("named_model") {
    Track("embedding_layer", embedding_layer);
    Track("dense_layer_1", dense_layer_1);
    Track("dense_layer_2", dense_layer_2);
  }
  nn::Embedding embedding_layer{6, 3, "embedding_layer"};
  nn::Dense dense_layer_1{4, {.name = "dense_layer_1"}};
  nn::Dense dense_layer_2{2, {.name = "dense_layer_2"}};

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return embedding_layer(x).and_then(dense_layer_1).and_then(dense_layer_2);
  }
};

/// Keras 3's file of NamedModel: private edges, and one full name for all kernels.
inline std::string SaveNamedModelOfKeras3() {
  Saved saved;
  const std::int32_t embedding = saved.Object(saved.model(), "embedding_layer");
  const std::int32_t first = saved.Object(saved.model(), "dense_layer_1");
  const std::int32_t second = saved.Object(saved.model(), "dense_layer_2");
  saved.Variable(embedding, "_embeddings", "model/embedding_layer/_embeddings",
                 "named_model/embeddings", Shape{6, 3}, 100);
  saved.Variable(first, "_kernel", "model/dense_layer_1/_kernel", "named_model/kernel", Shape{3, 4},
                 200);
  saved.Variable(first, "bias", "model/dense_layer_1/bias", "named_model/bias", Shape{4}, 300);
  saved.Variable(second, "_kernel", "model/dense_layer_2/_kernel", "named_model/kernel",
                 Shape{4, 2}, 400);
  saved.Variable(second, "bias", "model/dense_layer_2/bias", "named_model/bias", Shape{2}, 500);
  return saved.Save("ckpt_named_model");
}

class NewModel : public nn::Model {
 public:
  NewModel() : Model("new_model") {
    Track("dense1_new", dense1_new);
    Track("dense2", dense2);
  }
  nn::Dense dense1_new{4, {.name = "new_dense1"}};
  nn::Dense dense2{2, {.name = "dense2"}};

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override { return dense1_new(x).and_then(dense2); }
};

/// Keras 2's file of the model before its first layer was renamed. The full names of a
/// subclassed model begin with `scope`; those of a functional one do not ("").
inline std::string SaveOldModel(const std::string& scope) {
  Saved saved;
  const std::int32_t first = saved.Object(saved.model(), "dense1_old");
  const std::int32_t second = saved.Object(saved.model(), "dense2");
  saved.Variable(first, "kernel", "model/dense1_old/kernel", scope + "old_dense1/kernel",
                 Shape{3, 4}, 100);
  saved.Variable(first, "bias", "model/dense1_old/bias", scope + "old_dense1/bias", Shape{4}, 200);
  saved.Variable(second, "kernel", "model/dense2/kernel", scope + "dense2/kernel", Shape{4, 2},
                 300);
  saved.Variable(second, "bias", "model/dense2/bias", scope + "dense2/bias", Shape{2}, 400);
  return saved.Save("ckpt_mapped_old_model");
}

}  // namespace regraft::recipes
