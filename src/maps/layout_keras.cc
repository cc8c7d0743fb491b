// What layers of Keras are in torch and in Flax.
#include <fmt/format.h>

#include <utility>

#include "maps/layer.h"

namespace regraft::maps {
namespace {

using Kind = LayerKind;
using Ops = std::vector<std::string>;

// The rows of a matrix behind Flatten: places by channels, and channels by places.
Ops FlattenToTorch(std::span<const std::int64_t> extents) {
  std::string shape = "reshape", turned = "transpose";
  for (const std::int64_t extent : extents) shape += fmt::format(" {}", extent);
  const std::size_t last = extents.size() - 1;
  turned += fmt::format(" {}", last);
  for (std::size_t i = 0; i < last; ++i) turned += fmt::format(" {}", i);
  turned += fmt::format(" {}", extents.size());
  return {shape + " -1", turned, fmt::format("flatten 0 {}", last), "transpose"};
}

// (H, W, C, M) as (C*M, 1, H, W).
Ops DepthwiseToTorch(std::size_t axes) {
  std::string turned = fmt::format("transpose {} {}", axes, axes + 1), shape = "reshape d0*d1 1";
  for (std::size_t i = 0; i < axes; ++i) {
    turned += fmt::format(" {}", i);
    shape += fmt::format(" d{}", i + 2);
  }
  return {turned, shape};
}

std::size_t AxesOf(const Layer& layer, std::string_view role) {
  const std::size_t rank = layer.Find(role)->spec.shape.rank();
  return rank < 3 ? 0 : rank - 2;
}

// Both directions of a recurrent layer, or the one there is.
void RecurrentToTorch(const Layer& layer, Kind kind, LayoutBuilder& out) {
  const Ops gates = kind == Kind::kGru ? Ops{"blocks 1 3 1 0 2", "transpose"} : Ops{"transpose"};
  const std::pair<std::string, std::string> directions[] = {
      {"", "_l0"}, {"forward/", "_l0"}, {"backward/", "_l0_reverse"}};
  for (const auto& [in, ending] : directions) {
    const std::string kernel = in + "kernel", recurrent = in + "recurrent_kernel";
    const std::string bias = in + "bias";
    out.Add(layer, {kernel}, {"weight_ih" + ending}, gates);
    out.Add(layer, {recurrent}, {"weight_hh" + ending}, gates);
    if (kind == Kind::kGru) {
      out.Add(layer, {bias}, {"bias_ih" + ending, "bias_hh" + ending},
              {"blocks 1 3 1 0 2", "unstack 0"});
    } else {
      out.Add(layer, {bias}, {"bias_ih" + ending});
      out.Add(layer, {bias}, {"bias_hh" + ending}, {"fill 0"}, /*shared=*/true);
    }
  }
}

void AttentionToTorch(const Layer& layer, LayoutBuilder& out) {
  for (const char* role : {"query/kernel", "key/kernel", "value/kernel", "output/kernel"}) {
    if (!layer.Has(role)) return out.None(layer, fmt::format("it has no {}", role));
  }
  const Shape& query = layer.Find("query/kernel")->spec.shape;
  const bool even = query.rank() == 3 && query[0] == query[1] * query[2] &&
                    layer.Find("key/kernel")->spec.shape == query &&
                    layer.Find("value/kernel")->spec.shape == query;
  if (!even) {
    return out.None(layer, "torch wants as many features in all heads together as in its input");
  }
  out.Add(layer, {"query/kernel", "key/kernel", "value/kernel"}, {"in_proj_weight"},
          {"flatten 1", "transpose", "concat 0"});
  out.Add(layer, {"query/bias", "key/bias", "value/bias"}, {"in_proj_bias"},
          {"flatten 0", "concat 0"});
  out.Add(layer, {"output/kernel"}, {"out_proj.weight"}, {"flatten 0 1", "transpose"});
  out.Add(layer, {"output/bias"}, {"out_proj.bias"});
}

void ToTorch(const Layer& layer, const LayerSpec& spec, LayoutBuilder& out) {
  switch (spec.kind) {
    case Kind::kDense:
      out.Add(layer, {"kernel"}, {"weight"},
              spec.numbers.empty() ? Ops{"transpose"} : FlattenToTorch(spec.numbers));
      return out.Add(layer, {"bias"}, {"bias"});
    case Kind::kConv:
    case Kind::kConvTranspose:
      out.Add(layer, {"kernel"}, {"weight"}, {KernelToTorch(AxesOf(layer, "kernel"))});
      return out.Add(layer, {"bias"}, {"bias"});
    case Kind::kDepthwise: {
      const char* const role = layer.Has("kernel") ? "kernel" : "depthwise_kernel";
      out.Add(layer, {role}, {"weight"}, DepthwiseToTorch(AxesOf(layer, role)));
      return out.Add(layer, {"bias"}, {"bias"});
    }
    case Kind::kSeparable:
      out.Add(layer, {"depthwise_kernel"}, {"0.weight"},
              DepthwiseToTorch(AxesOf(layer, "depthwise_kernel")));
      out.Add(layer, {"pointwise_kernel"}, {"1.weight"},
              {KernelToTorch(AxesOf(layer, "pointwise_kernel"))});
      return out.Add(layer, {"bias"}, {"1.bias"});
    case Kind::kEmbedding:
      return out.Add(layer, {"embeddings"}, {"weight"});
    case Kind::kBatchNorm: {
      out.Add(layer, {"gamma"}, {"weight"});
      out.Add(layer, {"beta"}, {"bias"});
      out.Add(layer, {"moving_mean"}, {"running_mean"});
      out.Add(layer, {"moving_variance"}, {"running_var"});
      return out.Add(layer, {"moving_mean"}, {"num_batches_tracked"},
                     {"select 0 0", "fill 0", "cast int64"}, /*shared=*/true);
    }
    case Kind::kLayerNorm:
      out.Add(layer, {"gamma"}, {"weight"});
      return out.Add(layer, {"beta"}, {"bias"});
    case Kind::kRmsNorm:
      return out.Add(layer, {"scale"}, {"weight"});
    case Kind::kPrelu:
      return out.Add(layer, {"alpha"}, {"weight"}, {"reshape -1"});
    case Kind::kLstm:
    case Kind::kGru:
    case Kind::kSimpleRnn:
      return RecurrentToTorch(layer, spec.kind, out);
    case Kind::kAttention:
      return AttentionToTorch(layer, out);
  }
}

// Flax keeps parameters and statistics in collections of their own.
void ToFlax(const Layer& layer, const LayerSpec& spec, LayoutBuilder& out) {
  out.prefix = "params/";
  switch (spec.kind) {
    case Kind::kDense:
    case Kind::kConv:
      out.Add(layer, {"kernel"}, {"kernel"});
      return out.Add(layer, {"bias"}, {"bias"});
    case Kind::kDepthwise: {
      const char* const role = layer.Has("kernel") ? "kernel" : "depthwise_kernel";
      const std::size_t axes = AxesOf(layer, role);
      out.Add(layer, {role}, {"kernel"},
              {fmt::format("flatten {}", axes), fmt::format("expand {}", axes)});
      return out.Add(layer, {"bias"}, {"bias"});
    }
    case Kind::kEmbedding:
      return out.Add(layer, {"embeddings"}, {"embedding"});
    case Kind::kBatchNorm:
      out.Add(layer, {"gamma"}, {"scale"});
      out.Add(layer, {"beta"}, {"bias"});
      out.prefix = "batch_stats/";
      out.Add(layer, {"moving_mean"}, {"mean"});
      return out.Add(layer, {"moving_variance"}, {"var"});
    case Kind::kLayerNorm:
      out.Add(layer, {"gamma"}, {"scale"});
      return out.Add(layer, {"beta"}, {"bias"});
    case Kind::kRmsNorm:
      return out.Add(layer, {"scale"}, {"scale"});
    case Kind::kAttention:
      for (const std::string part : {"query", "key", "value", "output"}) {
        const std::string kernel = part + "/kernel", bias = part + "/bias";
        const std::string name = part == "output" ? "out" : part;
        out.Add(layer, {kernel}, {name + "/kernel"});
        out.Add(layer, {bias}, {name + "/bias"});
      }
      return;
    case Kind::kConvTranspose:
      return out.None(layer, "Flax turns the kernel of a transposed convolution around");
    default:
      return out.None(layer, "Flax has no layer that keeps these variables so");
  }
}

template <typename Emit>
void FromKeras(const std::vector<Layer>& layers, const Said& said, bool channels_move,
               LayoutBuilder& out, Emit emit) {
  for (const Layer& layer : layers) {
    const auto spec = KindOfKeras(layer, layers, said, channels_move, out);
    if (!spec) continue;
    // What is said of a layer must be so: its variables are asked for by name.
    const bool has_kernel = layer.Has("kernel") || layer.Has("depthwise_kernel");
    const bool wants = spec->kind == Kind::kDense || spec->kind == Kind::kConv ||
                       spec->kind == Kind::kConvTranspose || spec->kind == Kind::kDepthwise;
    if (wants && !has_kernel) {
      out.None(layer, "it is said to be a layer with a kernel, and has none");
      continue;
    }
    emit(layer, *spec, out);
  }
}

}  // namespace

void KerasToTorch(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out) {
  FromKeras(layers, said, /*channels_move=*/true, out, ToTorch);
}

void KerasToFlax(const std::vector<Layer>& layers, const Said& said, LayoutBuilder& out) {
  FromKeras(layers, said, /*channels_move=*/false, out, ToFlax);
}

}  // namespace regraft::maps
