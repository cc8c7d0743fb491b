// What layers of torch and of Flax are in Keras.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "maps/layer.h"

namespace regraft::maps {
namespace {

using Kind = LayerKind;
using Ops = std::vector<std::string>;

Ops FlattenFromTorch(std::span<const std::int64_t> extents) {
  const std::size_t last = extents.size() - 1;
  std::string shape = fmt::format("reshape {}", extents[last]), turned = "transpose";
  for (std::size_t i = 0; i < last; ++i) {
    shape += fmt::format(" {}", extents[i]);
    turned += fmt::format(" {}", i + 1);
  }
  turned += fmt::format(" 0 {}", extents.size());
  return {"transpose", shape + " -1", turned, fmt::format("flatten 0 {}", last)};
}

// (C*M, 1, H, W) as (H, W, C, M).
Ops DepthwiseFromTorch(std::size_t axes, std::int64_t multiplier) {
  std::string shape = fmt::format("reshape -1 {}", multiplier), turned = "transpose";
  for (std::size_t i = 0; i < axes; ++i) {
    shape += fmt::format(" d{}", i + 2);
    turned += fmt::format(" {}", i + 2);
  }
  return {shape, turned + " 0 1"};
}

bool RecurrentToKeras(const Layer& layer, LayoutBuilder& out) {
  const Entry* const hidden = layer.Find("weight_hh_l0");
  if (hidden == nullptr) return false;
  const Shape& shape = hidden->spec.shape;
  if (layer.Has("weight_ih_l1")) {
    out.None(layer, "Keras has a layer for each of several that are stacked");
    return true;
  }
  const std::int64_t gates =
      shape.rank() == 2 && shape[1] > 0 && shape[0] % shape[1] == 0 ? shape[0] / shape[1] : 0;
  if (gates != 1 && gates != 3 && gates != 4) {
    out.None(layer, "its weights are not those of a recurrent layer that is known");
    return true;
  }
  // As Keras names what is in a layer by itself: "lstm_cell", and "forward_lstm" in a
  // Bidirectional.
  const std::string own = gates == 4 ? "lstm" : gates == 3 ? "gru" : "simple_rnn";
  const bool both = layer.Has("weight_ih_l0_reverse");
  const std::string cell = own + "_cell/";
  const std::pair<std::string, std::string> directions[] = {
      {"_l0", both ? fmt::format("forward_{}/{}", own, cell) : cell},
      {"_l0_reverse", fmt::format("backward_{}/{}", own, cell)}};
  const Ops turned = gates == 3 ? Ops{"transpose", "blocks 1 3 1 0 2"} : Ops{"transpose"};
  for (const auto& [ending, below] : directions) {
    const std::string in = "weight_ih" + ending, hidden_in = "weight_hh" + ending;
    const std::string bias = "bias_ih" + ending, more = "bias_hh" + ending;
    out.Add(layer, {in}, {below + "kernel"}, turned);
    out.Add(layer, {hidden_in}, {below + "recurrent_kernel"}, turned);
    // Keras has one bias where torch adds two.
    out.Add(layer, {bias, more}, {below + "bias"},
            gates == 3 ? Ops{"stack 0", "blocks 1 3 1 0 2"} : Ops{"sum"});
  }
  return true;
}

void AttentionToKeras(const Layer& layer, const LayerSpec* spec, LayoutBuilder& out) {
  if (spec == nullptr || spec->kind != Kind::kAttention || spec->numbers.empty()) {
    return out.Unclear(layer, "its weights do not tell the number of heads", "heads N");
  }
  const std::int64_t heads = spec->numbers[0];
  const std::vector<std::string> kernels = {"query/kernel", "key/kernel", "value/kernel"};
  const std::vector<std::string> biases = {"query/bias", "key/bias", "value/bias"};
  out.Add(layer, {"in_proj_weight"}, kernels,
          {"split 0 3", "transpose", fmt::format("reshape d0 {} -1", heads)});
  out.Add(layer, {"in_proj_bias"}, biases, {"split 0 3", fmt::format("reshape {} -1", heads)});
  out.Add(layer, {"out_proj.weight"}, {"attention_output/kernel"},
          {"transpose", fmt::format("reshape {} -1 d1", heads)});
  out.Add(layer, {"out_proj.bias"}, {"attention_output/bias"});
}

// A weight of two axes or more, with the bias that may tell what it is.
std::optional<LayerSpec> KindOfWeight(const Layer& layer, const std::vector<Layer>& all,
                                      const Said& said, LayoutBuilder& out) {
  if (const LayerSpec* spec = said.Of(layer.scope)) return *spec;
  const Shape& weight = layer.Find("weight")->spec.shape;
  const Entry* const bias = layer.Find("bias");
  const std::size_t rank = weight.rank(), axes = rank - 2;
  std::vector<LayerSpec> readings;
  std::vector<std::string> names;
  const auto add = [&](Kind kind, std::string name, std::int64_t outputs) {
    if (bias != nullptr && bias->spec.shape != Shape{outputs}) return;
    readings.push_back({kind, kind == Kind::kDense ? 0 : axes});
    names.push_back(std::move(name));
  };
  if (rank == 2) {
    add(Kind::kDense, "Linear", weight[0]);
    if (bias == nullptr) add(Kind::kEmbedding, "Embedding", 0);
  } else if (rank <= 5) {
    add(Kind::kConv, fmt::format("Conv{}d", axes), weight[0]);
    add(Kind::kConvTranspose, fmt::format("ConvTranspose{}d", axes), weight[1]);
    if (weight[1] == 1 && axes < 3) {
      add(Kind::kDepthwise, fmt::format("DepthwiseConv{}D 1", axes), weight[0]);
    }
  }
  const bool flat = rank == 2 && MayFollowFlatten(weight[1], all);
  if (readings.size() == 1 && !flat) return readings[0];
  for (const LayerSpec& fallback : said.fallbacks()) {
    for (const LayerSpec& reading : readings) {
      if (reading.kind == fallback.kind && (rank == 2 || reading.axes == fallback.axes)) {
        return fallback;
      }
    }
  }
  if (names.empty()) {
    out.None(layer, "its weight is of no layer that is known");
  } else if (flat) {
    out.Unclear(layer,
                "it may follow a Flatten, whose order Keras has otherwise: 'flatten H W C', "
                "or 'Linear'",
                "flatten H W C");
  } else {
    out.Unclear(layer, "may be " + Join(names, " or "), names.front());
  }
  return std::nullopt;
}

void VectorToKeras(const Layer& layer, const Said& said, LayoutBuilder& out) {
  const LayerSpec* const spec = said.Of(layer.scope);
  if (layer.Has("running_mean")) {
    out.Add(layer, {"weight"}, {"gamma"});
    out.Add(layer, {"bias"}, {"beta"});
    out.Add(layer, {"running_mean"}, {"moving_mean"});
    out.Add(layer, {"running_var"}, {"moving_variance"});
  } else if (layer.Has("bias") || (spec != nullptr && spec->kind == Kind::kLayerNorm)) {
    out.Add(layer, {"weight"}, {"gamma"});
    out.Add(layer, {"bias"}, {"beta"});
  } else if (spec != nullptr && spec->kind == Kind::kRmsNorm) {
    out.Add(layer, {"weight"}, {"scale"});
  } else if (spec != nullptr && spec->kind == Kind::kPrelu) {
    out.None(layer, "Keras' PReLU has axes that are not in the file");
  } else {
    out.Unclear(layer, "may be RMSNorm, LayerNorm or PReLU", "RMSNorm");
  }
}

void WeightToKeras(const Layer& layer, const std::vector<Layer>& all, const Said& said,
                   LayoutBuilder& out) {
  const auto spec = KindOfWeight(layer, all, said, out);
  if (!spec) return;
  const std::size_t rank = layer.Find("weight")->spec.shape.rank();
  switch (spec->kind) {
    case Kind::kDense:
      out.Add(layer, {"weight"}, {"kernel"},
              spec->numbers.empty() ? Ops{"transpose"} : FlattenFromTorch(spec->numbers));
      break;
    case Kind::kEmbedding:
      out.Add(layer, {"weight"}, {"embeddings"});
      break;
    case Kind::kConv:
    case Kind::kConvTranspose:
      out.Add(layer, {"weight"}, {"kernel"}, {KernelFromTorch(rank - 2)});
      break;
    case Kind::kDepthwise:
      out.Add(layer, {"weight"}, {"kernel"},
              DepthwiseFromTorch(rank - 2, spec->numbers.empty() ? 1 : spec->numbers[0]));
      break;
    default:
      return out.None(layer, "it is said to be a layer that has no such weight");
  }
  out.Add(layer, {"bias"}, {"bias"});
}

}  // namespace

std::vector<Layer> PlainLayers(const Catalog& catalog, char separator) {
  std::map<std::string, Layer> layers;
  for (const Entry& entry : catalog.entries) {
    if (entry.cls != EntryClass::kWeights && entry.cls != EntryClass::kBnStats) continue;
    std::string_view name = entry.name;
    for (const std::string_view collection : {"params/", "batch_stats/"}) {
      if (separator == '/' && name.starts_with(collection)) name.remove_prefix(collection.size());
    }
    std::size_t at = name.rfind(separator);
    // The projection of attention is a layer of its own, and none by itself.
    const std::string_view above = name.substr(0, at == std::string_view::npos ? 0 : at);
    if (separator == '.' && (above == "out_proj" || above.ends_with(".out_proj"))) {
      const std::size_t upper = above.rfind(separator);
      const std::string scope(above.substr(0, upper == std::string_view::npos ? 0 : upper));
      const std::string attention = scope.empty() ? "in_proj_weight" : scope + ".in_proj_weight";
      const bool is_part = std::any_of(catalog.entries.begin(), catalog.entries.end(),
                                       [&](const Entry& each) { return each.name == attention; });
      if (is_part) at = upper;
    }
    const bool bare = at == std::string_view::npos;
    const std::string scope(bare ? "" : name.substr(0, at));
    Layer& layer = layers[scope];
    layer.scope = scope;
    layer.roles[std::string(bare ? name : name.substr(at + 1))] = &entry;
  }
  std::vector<Layer> out;
  for (auto& [scope, layer] : layers) out.push_back(std::move(layer));
  return out;
}

void TorchToKeras(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out) {
  for (const Layer& layer : layers) {
    if (const Entry* counter = layer.Find("num_batches_tracked")) out.Skip(*counter);
    const Entry* const weight = layer.Find("weight");
    if (RecurrentToKeras(layer, out)) continue;
    if (layer.Has("in_proj_weight")) {
      AttentionToKeras(layer, said.Of(layer.scope), out);
    } else if (weight == nullptr && layer.Has("running_mean")) {
      VectorToKeras(layer, said, out);  // Without parameters of its own.
    } else if (weight == nullptr) {
      out.None(layer, "its variables are not those of a layer that is known");
    } else if (weight->spec.shape.rank() < 2) {
      VectorToKeras(layer, said, out);
    } else {
      WeightToKeras(layer, layers, said, out);
    }
  }
}

void FlaxToKeras(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out) {
  for (const Layer& layer : layers) {
    const Entry* const kernel = layer.Find("kernel");
    const LayerSpec* const spec = said.Of(layer.scope);
    if (layer.Has("mean") || layer.Has("var")) {
      out.Add(layer, {"scale"}, {"gamma"});
      out.Add(layer, {"bias"}, {"beta"});
      out.Add(layer, {"mean"}, {"moving_mean"});
      out.Add(layer, {"var"}, {"moving_variance"});
    } else if (layer.Has("embedding")) {
      out.Add(layer, {"embedding"}, {"embeddings"});
    } else if (layer.Has("scale") &&
               (layer.Has("bias") || (spec != nullptr && spec->kind == Kind::kLayerNorm))) {
      out.Add(layer, {"scale"}, {"gamma"});
      out.Add(layer, {"bias"}, {"beta"});
    } else if (layer.Has("scale") && spec != nullptr && spec->kind == Kind::kRmsNorm) {
      out.Add(layer, {"scale"}, {"scale"});
    } else if (layer.Has("scale")) {
      out.Unclear(layer, "may be RMSNorm or LayerNorm", "RMSNorm");
    } else if (kernel == nullptr) {
      out.None(layer, "its variables are not those of a layer that is known");
    } else {
      const Shape& shape = kernel->spec.shape;
      const bool one_in = shape.rank() >= 3 && shape[shape.rank() - 2] == 1;
      const bool plain = shape.rank() == 2 || (spec != nullptr && spec->kind != Kind::kDepthwise) ||
                         (spec == nullptr && !one_in);
      if (!plain && spec == nullptr) {
        out.Unclear(layer, "may be Conv or a depthwise one", "Conv2D");
        continue;
      }
      const std::size_t axes = shape.rank() - 2;
      const std::int64_t m = spec == nullptr || spec->numbers.empty() ? 1 : spec->numbers[0];
      out.Add(layer, {"kernel"}, {"kernel"},
              plain ? Ops{}
                    : Ops{fmt::format("squeeze {}", axes),
                          axes == 1 ? fmt::format("reshape d0 -1 {}", m)
                                    : fmt::format("reshape d0 d1 -1 {}", m)});
      out.Add(layer, {"bias"}, {"bias"});
    }
  }
}

}  // namespace regraft::maps
