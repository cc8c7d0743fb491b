// regraft/nn.h - layers and models with Keras' names, shapes, defaults and behaviour.
//
// A layer makes its variables when it is first called, as in Keras, and computes in float32
// on the CPU what Keras computes at inference. Names: docs/models.md.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regraft/error.h"
#include "regraft/tensor.h"
#include "regraft/trackable.h"
#include "regraft/variable.h"

namespace regraft::nn {

struct BuildMark;  // Says whose first call a tensor belongs to; internal.

/// Activations: a shape and its float32 elements, row-major. A value.
class Tensor {
 public:
  /// Zeros.
  explicit Tensor(Shape shape);
  /// Errors: kInvalidArgument "nn/wrong-size" if the numbers of elements differ.
  static Result<Tensor> Make(Shape shape, std::vector<float> values);

  const Shape& shape() const { return shape_; }
  std::span<const float> data() const { return values_; }
  std::span<float> mutable_data() { return values_; }

  bool operator==(const Tensor& other) const {
    return shape_ == other.shape_ && values_ == other.values_;
  }

 private:
  friend class Layer;
  Shape shape_;
  std::vector<float> values_;
  std::weak_ptr<const BuildMark> mark_;
};

/// How a variable gets its first values. They depend on nothing but the seed and the
/// variable's full name, so a new layer does not change what the others begin with.
enum class Initializer {
  kZeros,
  kOnes,
  kGlorotUniform,
  kUniform,  ///< In [-0.05, 0.05).
};

/// Functions that layers apply to their output. kGelu is the exact form, with erf.
enum class Act { kLinear, kRelu, kSoftmax, kGelu, kTanh, kSigmoid };

enum class Padding { kValid, kSame };

/// Height and width; one number stands for both.
struct Size2D {
  std::int64_t height = 1;
  std::int64_t width = 1;
  Size2D(std::int64_t both) : height(both), width(both) {}  // NOLINT: as Keras takes it.
  Size2D(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  bool operator==(const Size2D&) const = default;
};

/// A layer: a function with variables. The first call (or Build) makes the variables from
/// the shape of the input.
///
/// Names: a layer without a name gets one when it is first used, by its class and its place
/// among the layers of its topmost owner: "conv2d", "conv2d_1".
/// Threads: the first call is for one thread; after it, calls may be made from many.
class Layer : public train::Trackable {
 public:
  /// Empty until the layer is named.
  const std::string& name() const { return name_; }
  bool built() const override { return built_; }
  /// "dense_1 (Dense)".
  std::string Describe() const override;

  /// Errors: kInvalidArgument "nn/bad-input" for a shape that the layer cannot take,
  ///         "nn/bad-argument" for what it was constructed with; kUnmet
  ///         "nn/untracked-layer" in the first call of a model that calls a layer which it
  ///         does not track; what a pending restore failed with.
  Result<Tensor> operator()(const Tensor& x);
  /// Makes the variables for inputs of this shape; any batch size will do. Does nothing if
  /// they are made. Errors: as the call's.
  virtual Status Build(const Shape& input_shape);

 protected:
  /// `class_name` as in Keras ("Conv2D"); `name` may be empty.
  explicit Layer(std::string class_name, std::string name = "");

  /// Makes the variables with AddWeight(), and checks what the constructor was given.
  virtual Status CreateVariables(const Shape& input_shape);
  /// The function. Pre: the variables are made, unless it makes them by calling layers.
  virtual Result<Tensor> Call(const Tensor& x) = 0;
  /// Called once, after the first successful call.
  virtual void OnBuilt() {}

  /// A float32 variable under an edge, called <names of the models around>/<name>/<edge>.
  /// Errors: kInvalidArgument "nn/bad-argument" for an impossible shape.
  Result<train::Variable> AddWeight(std::string_view edge, std::vector<std::int64_t> shape,
                                    Initializer initializer, bool trainable = true);
  /// For messages of the form "dense_1 (Dense): <what>".
  Error BadInput(const Shape& got, std::string what) const;
  Error BadArgument(std::string what) const;

 private:
  friend class Model;
  friend class Sequential;
  template <typename F>
  auto WhileBuilding(F work);
  Result<Tensor> FirstCall(const Tensor& x);
  Result<Tensor> Forward(const Tensor& x);
  Status CheckTracked(const Tensor& x) const;
  Status Create(const Shape& input_shape);
  void AssignNames();
  std::string ScopedName(train::NameOrigin* origin) const;
  std::uint64_t Seed() const;

  std::string class_name_;
  std::string name_;
  train::NameOrigin name_origin_ = train::NameOrigin::kGiven;
  std::optional<std::uint64_t> seed_;
  bool names_scope_ = true;  // Its name is a part of the names below it.
  bool created_ = false;
  bool built_ = false;
};

using LayerPtr = std::shared_ptr<Layer>;

/// std::make_shared<T>, shorter.
template <std::derived_from<Layer> T, typename... Args>
std::shared_ptr<T> Make(Args&&... args) {
  return std::make_shared<T>(std::forward<Args>(args)...);
}

/// Calls the layers one after the other.
Result<Tensor> Chain(std::span<const LayerPtr> layers, const Tensor& x);
/// All (trainable) variables of the layers, each once.
std::vector<train::Variable> Variables(std::span<const LayerPtr> layers);
std::vector<train::Variable> TrainableVariables(std::span<const LayerPtr> layers);

/// The base of subclassed models: tracks layers under attribute names, and calls them.
///
///   class Net : public nn::Model {
///    public:
///     Net() : Model("net") {
///       Track("base_layers", base_layers);
///       Track("head", head);
///     }
///     std::vector<nn::LayerPtr> base_layers = {nn::Make<nn::Conv2D>(32, 3),
///                                              nn::Make<nn::Flatten>()};
///     nn::Dense head{10};
///
///    protected:
///     Result<nn::Tensor> Call(const nn::Tensor& x) override {
///       return nn::Chain(base_layers, x).and_then(head);
///     }
///   };
class Model : public Layer {
 public:
  /// Calls the model on zeros of this shape.
  Status Build(const Shape& input_shape) override;

 protected:
  /// `name` begins the full names of the variables below; Keras takes the class name in
  /// snake case ("named_model").
  /// Without a seed, that of the model around it counts; without any, 0.
  explicit Model(std::string name, std::optional<std::uint64_t> seed = std::nullopt);
};

struct SequentialOptions {
  std::string name = {};
  std::optional<std::uint64_t> seed = std::nullopt;
};
/// Layers one after the other. Its edges are those of Keras 2 (layer_with_weights-0 ...) and
/// of Keras 3 (_functional/_operations/1 ...); its name is no part of the names below it.
class Sequential : public Model {
 public:
  explicit Sequential(std::vector<LayerPtr> layers = {}, SequentialOptions options = {});
  /// Pre: the model is not built.
  void Add(LayerPtr layer);
  const std::vector<LayerPtr>& layers() const { return layers_; }

 protected:
  Result<Tensor> Call(const Tensor& x) override;
  void OnBuilt() override;

 private:
  std::vector<LayerPtr> layers_;
};

struct DenseOptions {
  Act activation = Act::kLinear;
  bool use_bias = true;
  std::string name = {};
};
/// [..., n] -> [..., units]. Variables: kernel [n, units], bias [units].
class Dense final : public Layer {
 public:
  explicit Dense(std::int64_t units, DenseOptions options = {});
  train::Variable kernel() const { return Own("kernel"); }
  train::Variable bias() const { return Own("bias"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  std::int64_t units_;
  DenseOptions options_;
};

struct Conv2DOptions {
  Size2D strides = 1;
  Padding padding = Padding::kValid;
  Size2D dilation = 1;
  std::int64_t groups = 1;
  Act activation = Act::kLinear;
  bool use_bias = true;
  std::string name = {};
};
/// [batch, height, width, channels] -> [batch, height', width', filters].
/// Variables: kernel [h, w, channels / groups, filters], bias [filters].
class Conv2D final : public Layer {
 public:
  Conv2D(std::int64_t filters, Size2D kernel_size, Conv2DOptions options = {});
  train::Variable kernel() const { return Own("kernel"); }
  train::Variable bias() const { return Own("bias"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  std::int64_t filters_;
  Size2D kernel_size_;
  Conv2DOptions options_;
};

struct DepthwiseConv2DOptions {
  Size2D strides = 1;
  Padding padding = Padding::kValid;
  Size2D dilation = 1;
  std::int64_t depth_multiplier = 1;
  Act activation = Act::kLinear;
  bool use_bias = true;
  std::string name = {};
};
/// Each channel convolved on its own. Variables: depthwise_kernel [h, w, channels,
/// depth_multiplier] (whose edge Keras 3 calls kernel), bias [channels * depth_multiplier].
class DepthwiseConv2D final : public Layer {
 public:
  explicit DepthwiseConv2D(Size2D kernel_size, DepthwiseConv2DOptions options = {});
  train::Variable depthwise_kernel() const { return Own("depthwise_kernel"); }
  train::Variable bias() const { return Own("bias"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  Size2D kernel_size_;
  DepthwiseConv2DOptions options_;
};

struct PoolOptions {
  std::optional<Size2D> strides = std::nullopt;  ///< The pool's size, if not given.
  Padding padding = Padding::kValid;
  std::string name = {};
};
class MaxPool2D final : public Layer {
 public:
  explicit MaxPool2D(Size2D pool_size = 2, PoolOptions options = {});

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  Size2D pool_size_;
  PoolOptions options_;
};
/// The mean of the cells that exist: padding does not count.
class AveragePooling2D final : public Layer {
 public:
  explicit AveragePooling2D(Size2D pool_size = 2, PoolOptions options = {});

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  Size2D pool_size_;
  PoolOptions options_;
};
/// [batch, height, width, channels] -> [batch, channels].
class GlobalAveragePooling2D final : public Layer {
 public:
  explicit GlobalAveragePooling2D(std::string name = "");

 protected:
  Result<Tensor> Call(const Tensor& x) override;
};

/// Whole numbers below input_dim -> their rows. Variable: embeddings [input_dim, output_dim].
class Embedding final : public Layer {
 public:
  Embedding(std::int64_t input_dim, std::int64_t output_dim, std::string name = "");
  train::Variable embeddings() const { return Own("embeddings"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  std::int64_t input_dim_;
  std::int64_t output_dim_;
};

struct NormalizationOptions {
  float epsilon = 1e-3F;
  bool center = true;  ///< Has beta.
  bool scale = true;   ///< Has gamma.
  std::string name = {};
};
/// Over the last axis, at inference: by moving_mean and moving_variance, which are not
/// trainable. Variables: gamma, beta, moving_mean, moving_variance.
class BatchNormalization final : public Layer {
 public:
  explicit BatchNormalization(NormalizationOptions options = {});
  train::Variable gamma() const { return Own("gamma"); }
  train::Variable beta() const { return Own("beta"); }
  train::Variable moving_mean() const { return Own("moving_mean"); }
  train::Variable moving_variance() const { return Own("moving_variance"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  NormalizationOptions options_;
};
/// Over the last axis, by the mean and variance of each row. Variables: gamma, beta.
class LayerNormalization final : public Layer {
 public:
  explicit LayerNormalization(NormalizationOptions options = {});
  train::Variable gamma() const { return Own("gamma"); }
  train::Variable beta() const { return Own("beta"); }

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  NormalizationOptions options_;
  std::int64_t size_ = 0;
};

/// [batch, ...] -> [batch, the product of the rest].
class Flatten final : public Layer {
 public:
  explicit Flatten(std::string name = "");

 protected:
  Result<Tensor> Call(const Tensor& x) override;
};

/// At inference, the identity.
class Dropout final : public Layer {
 public:
  explicit Dropout(float rate, std::string name = "");

 protected:
  Status CreateVariables(const Shape& input_shape) override;
  Result<Tensor> Call(const Tensor& x) override;

 private:
  float rate_;
};

class Activation final : public Layer {
 public:
  explicit Activation(Act function, std::string name = "");

 protected:
  Result<Tensor> Call(const Tensor& x) override;

 private:
  Act function_;
};

}  // namespace regraft::nn
