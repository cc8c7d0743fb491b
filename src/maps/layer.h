// maps/layer.h - layers as groups of variables, and what kind each is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/error.h"
#include "regraft/tensor_map.h"

namespace regraft::maps {

enum class LayerKind : std::uint8_t {
  kDense,
  kConv,
  kConvTranspose,
  kDepthwise,
  kSeparable,
  kEmbedding,
  kBatchNorm,
  kLayerNorm,  ///< And group normalization: the same variables.
  kRmsNorm,
  kPrelu,
  kLstm,
  kGru,
  kSimpleRnn,
  kAttention,
};

/// What a layer is said to be: "Conv2DTranspose", "flatten 7 7 64", "heads 8".
struct LayerSpec {
  LayerKind kind = LayerKind::kDense;
  std::size_t axes = 0;  ///< Of a convolution: 1, 2, 3; 0: as its kernel has them.
  std::vector<std::int64_t> numbers = {};  ///< H W C of a Flatten, heads, channels' multiplier.
};
/// A class of Keras or torch, or a word with numbers. Nothing if it is none.
std::optional<LayerSpec> SpecFrom(std::string_view text);
/// The class that Keras' automatic name tells: "conv2d_transpose_1". Nothing for chosen names.
std::optional<LayerSpec> SpecOfAutomaticName(std::string_view name);

/// Variables of one layer by their roles: "kernel", "cell/kernel", "forward/kernel".
struct Layer {
  std::string scope;  ///< As the file has it; "" for what has none.
  std::map<std::string, const Entry*> roles = {};

  const Entry* Find(std::string_view role) const;
  bool Has(std::string_view role) const { return Find(role) != nullptr; }
};

/// What a person has said of layers.
class Said {
 public:
  /// Errors: kInvalidArgument "layout/unknown".
  static Result<Said> From(std::span<const LayerRule> rules);
  /// If all layers are below one scope, what is said may leave it out.
  void KnowRoot(const std::vector<Layer>& layers);
  /// Of this scope, in either spelling ("a/b", "a.b").
  const LayerSpec* Of(std::string_view scope) const;
  /// Of all that nothing else tells.
  std::span<const LayerSpec> fallbacks() const { return fallbacks_; }
  /// Scopes that no layer has: a rule for them is a mistake.
  std::vector<std::string> Unused(const std::vector<Layer>& layers) const;

 private:
  std::map<std::string, LayerSpec, std::less<>> by_scope_, hints_;
  std::string root_;  // "model.", or nothing.
  std::vector<LayerSpec> fallbacks_;
};

/// Gathers rules and what is wrong, layer by layer.
class LayoutBuilder {
 public:
  explicit LayoutBuilder(char separator) : separator_(separator) {}

  /// A target below the layer's scope made of some of its roles.
  void Add(const Layer& layer, std::vector<std::string_view> roles, std::vector<std::string> to,
           std::vector<std::string> ops = {}, bool shared = false);
  void Skip(const Entry& entry);
  /// More than one kind fits.
  void Unclear(const Layer& layer, std::string why, std::string say);
  /// There is nothing like it in the other framework.
  void None(const Layer& layer, std::string why);

  /// Errors: kUnmet "layout/unclear", kUnsupported "layout/no-counterpart".
  Result<TensorMap> Finish() &&;

  std::string prefix;  ///< In front of all targets.

 private:
  const char separator_;
  TensorMap map_;
  std::vector<Error::Detail> unclear_, none_;
  std::vector<std::string> say_;
};

/// Layers of the names of Keras, of torch and of Flax.
std::vector<Layer> KerasLayers(const Catalog& catalog);
std::vector<Layer> PlainLayers(const Catalog& catalog, char separator);

/// Fills the builder. Errors: none of their own; the builder has them.
void KerasToTorch(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out);
void TorchToKeras(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out);
void KerasToFlax(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out);
void FlaxToKeras(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out);

/// What a layer of Keras is. Nothing if that is unclear, which the builder then knows.
/// `channels_move`: in the other framework, they stand elsewhere.
std::optional<LayerSpec> KindOfKeras(const Layer& layer, const std::vector<Layer>& all,
                                     const Said& said, bool channels_move, LayoutBuilder& out);

/// True if so many features may be the places and channels of a convolution of the file. What is
/// behind a Flatten has them in another order in torch than in Keras, and no file tells.
bool MayFollowFlatten(std::int64_t features, const std::vector<Layer>& all);

/// "transpose 3 2 0 1" of a kernel of two axes in space; and back.
std::string KernelToTorch(std::size_t axes);
std::string KernelFromTorch(std::size_t axes);

}  // namespace regraft::maps
