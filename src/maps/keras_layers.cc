// Which variables make a layer of Keras, and what kind it is.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "maps/layer.h"

namespace regraft::maps {
namespace {

using Kind = LayerKind;

std::pair<std::string_view, std::string_view> Parted(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return {"", name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

bool IsCell(std::string_view part) {
  if (part == "cell") return true;
  const std::size_t digits = part.find_last_not_of("_0123456789");
  part = part.substr(0, digits == std::string_view::npos ? 0 : digits + 1);
  return part == "lstm_cell" || part == "gru_cell" || part == "simple_rnn_cell";
}

// The parts of attention, as keys and full names call them.
std::string_view AttentionPart(std::string_view part) {
  constexpr std::string_view kParts[][2] = {
      {"query", "query"},       {"key", "key"},
      {"value", "value"},       {"attention_output", "output"},
      {"query_dense", "query"}, {"key_dense", "key"},
      {"value_dense", "value"}, {"output_dense", "output"}};
  for (const auto& [name, role] : kParts) {
    if (part == name) return role;
  }
  return "";
}

std::string_view DirectionOf(std::string_view part) {
  if (part.starts_with("forward_")) return "forward";
  if (part.starts_with("backward_")) return "backward";
  return "";
}

// A matrix or filter with a bias that tells which of its axes is that of the outputs.
struct Reading {
  Kind kind;
  std::string_view name;
  std::int64_t outputs;
};

}  // namespace

std::vector<Layer> KerasLayers(const Catalog& catalog) {
  std::map<std::string, Layer> layers;
  for (const Entry& entry : catalog.entries) {
    if (entry.cls != EntryClass::kWeights && entry.cls != EntryClass::kBnStats) continue;
    auto [scope, role] = Parted(entry.name);
    std::string full(role);
    // Attention comes apart into four dense layers; all four make one.
    const auto [above, part] = Parted(scope);
    const std::string_view attention = AttentionPart(part);
    if (!attention.empty() && (role == "kernel" || role == "bias") &&
        entry.spec.shape.rank() >= (role == "kernel" ? 3u : 1u)) {
      full = fmt::format("{}/{}", attention, role);
      scope = above;
    } else {
      if (IsCell(part)) scope = above;
      const auto [over, inner] = Parted(scope);
      const std::string_view direction = DirectionOf(inner);
      if (!direction.empty()) {
        full = fmt::format("{}/{}", direction, role);
        scope = over;
      }
    }
    Layer& layer = layers[std::string(scope)];
    layer.scope = scope;
    layer.roles[full] = &entry;
  }
  std::vector<Layer> out;
  for (auto& [scope, layer] : layers) out.push_back(std::move(layer));
  return out;
}

namespace {

// By the bias: the readings of a filter whose outputs are as many.
std::optional<LayerSpec> ByBias(const Layer& layer, std::size_t axes, const Said& said,
                                LayoutBuilder& out) {
  const Shape& kernel = layer.Find("kernel")->spec.shape;
  const std::int64_t last = kernel[axes + 1], before = kernel[axes];
  const std::string n = std::to_string(axes);
  std::vector<Reading> readings = {{Kind::kConv, "Conv{}D", last},
                                   {Kind::kConvTranspose, "Conv{}DTranspose", before},
                                   {Kind::kDepthwise, "DepthwiseConv{}D", last * before}};
  if (axes == 3) readings.pop_back();
  if (const Entry* bias = layer.Find("bias")) {
    std::erase_if(readings, [&](const Reading& reading) {
      return bias->spec.shape != Shape{reading.outputs};
    });
  }
  if (readings.size() == 1) return LayerSpec{readings[0].kind, axes};
  for (const LayerSpec& fallback : said.fallbacks()) {
    for (const Reading& reading : readings) {
      if (fallback.kind == reading.kind && fallback.axes == axes) return fallback;
    }
  }
  std::vector<std::string> names;
  for (const Reading& reading : readings) {
    names.push_back(fmt::format(fmt::runtime(reading.name), n));
  }
  if (names.empty()) {
    out.Unclear(layer, "its bias fits no axis of its kernel", "Conv" + n + "D");
  } else {
    out.Unclear(layer, "may be " + Join(names, " or "), names.front());
  }
  return std::nullopt;
}

std::optional<LayerSpec> Recurrent(const Layer& layer, const std::string& in, LayoutBuilder& out) {
  const Entry* const kernel = layer.Find(in + "kernel");
  const Entry* const recurrent = layer.Find(in + "recurrent_kernel");
  const Entry* const bias = layer.Find(in + "bias");
  if (kernel == nullptr || kernel->spec.shape.rank() != 2 || recurrent->spec.shape.rank() != 2 ||
      recurrent->spec.shape[0] == 0 || kernel->spec.shape[1] != recurrent->spec.shape[1] ||
      recurrent->spec.shape[1] % recurrent->spec.shape[0] != 0) {
    out.None(layer, "its kernels are not those of a recurrent layer that is known");
    return std::nullopt;
  }
  switch (recurrent->spec.shape[1] / recurrent->spec.shape[0]) {
    case 1:
      return LayerSpec{Kind::kSimpleRnn};
    case 3:
      if (bias != nullptr && bias->spec.shape.rank() == 2) return LayerSpec{Kind::kGru};
      if (bias == nullptr) {
        out.Unclear(layer, "without a bias it does not tell whether the reset comes after", "GRU");
      } else {
        out.None(layer, "a GRU with reset_after=False; torch applies the reset after the product");
      }
      return std::nullopt;
    case 4:
      return LayerSpec{Kind::kLstm};
    default:
      out.None(layer, "its kernels are not those of a recurrent layer that is known");
      return std::nullopt;
  }
}

}  // namespace

std::optional<LayerSpec> KindOfKeras(const Layer& layer, const std::vector<Layer>& all,
                                     const Said& said, bool channels_move, LayoutBuilder& out) {
  for (const std::string in : {"", "forward/", "backward/"}) {
    if (!layer.Has(in + "recurrent_kernel")) continue;
    // Only whether a GRU without a bias resets behind the product has to be said.
    const LayerSpec* const spec = said.Of(layer.scope);
    if (spec != nullptr && spec->kind == Kind::kGru && !layer.Has(in + "bias")) return *spec;
    return Recurrent(layer, in, out);
  }
  if (const LayerSpec* spec = said.Of(layer.scope)) return *spec;
  if (layer.Has("query/kernel")) return LayerSpec{Kind::kAttention};
  if (layer.Has("depthwise_kernel")) {
    return LayerSpec{layer.Has("pointwise_kernel") ? Kind::kSeparable : Kind::kDepthwise,
                     layer.Find("depthwise_kernel")->spec.shape.rank() - 2};
  }
  if (layer.Has("moving_mean") || layer.Has("moving_variance")) return LayerSpec{Kind::kBatchNorm};
  if (layer.Has("gamma") || layer.Has("beta")) return LayerSpec{Kind::kLayerNorm};
  if (layer.Has("embeddings")) return LayerSpec{Kind::kEmbedding};
  if (layer.Has("scale")) return LayerSpec{Kind::kRmsNorm};
  if (layer.Has("alpha")) return LayerSpec{Kind::kPrelu};
  const Entry* const kernel = layer.Find("kernel");
  if (kernel == nullptr) {
    out.None(layer, "its variables are not those of a layer that is known");
    return std::nullopt;
  }
  const std::size_t rank = kernel->spec.shape.rank();
  if (rank == 2) {
    if (!channels_move || !MayFollowFlatten(kernel->spec.shape[0], all)) {
      return LayerSpec{Kind::kDense};
    }
    for (const LayerSpec& fallback : said.fallbacks()) {
      if (fallback.kind == Kind::kDense) return fallback;
    }
    out.Unclear(layer,
                "it may follow a Flatten, whose order torch has otherwise: 'flatten H W C', "
                "or 'Dense'",
                "flatten H W C");
    return std::nullopt;
  }
  if (rank < 3 || rank > 5) {
    out.None(layer, "its kernel is of no layer that is known");
    return std::nullopt;
  }
  const auto told = SpecOfAutomaticName(Parted(layer.scope).second);
  if (told && told->axes == rank - 2) return told;
  return ByBias(layer, rank - 2, said, out);
}

}  // namespace regraft::maps
