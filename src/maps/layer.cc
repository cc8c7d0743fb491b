#include "maps/layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "maps/name_pattern.h"
#include "select/pattern.h"

namespace regraft::maps {
namespace {

using Kind = LayerKind;

struct Class {
  std::string_view name;       // Of Keras or torch.
  std::string_view automatic;  // Keras' name for a layer that nobody named; or empty.
  Kind kind;
  std::size_t axes = 0;
};
constexpr std::array kClasses = {
    Class{"Dense", "dense", Kind::kDense},
    Class{"Linear", "", Kind::kDense},
    Class{"Conv1D", "conv1d", Kind::kConv, 1},
    Class{"Conv2D", "conv2d", Kind::kConv, 2},
    Class{"Conv3D", "conv3d", Kind::kConv, 3},
    Class{"Conv1d", "", Kind::kConv, 1},
    Class{"Conv2d", "", Kind::kConv, 2},
    Class{"Conv3d", "", Kind::kConv, 3},
    Class{"Conv1DTranspose", "conv1d_transpose", Kind::kConvTranspose, 1},
    Class{"Conv2DTranspose", "conv2d_transpose", Kind::kConvTranspose, 2},
    Class{"Conv3DTranspose", "conv3d_transpose", Kind::kConvTranspose, 3},
    Class{"ConvTranspose1d", "", Kind::kConvTranspose, 1},
    Class{"ConvTranspose2d", "", Kind::kConvTranspose, 2},
    Class{"ConvTranspose3d", "", Kind::kConvTranspose, 3},
    Class{"DepthwiseConv1D", "depthwise_conv1d", Kind::kDepthwise, 1},
    Class{"DepthwiseConv2D", "depthwise_conv2d", Kind::kDepthwise, 2},
    Class{"SeparableConv1D", "separable_conv1d", Kind::kSeparable, 1},
    Class{"SeparableConv2D", "separable_conv2d", Kind::kSeparable, 2},
    Class{"Embedding", "embedding", Kind::kEmbedding},
    Class{"BatchNormalization", "batch_normalization", Kind::kBatchNorm},
    Class{"BatchNorm1d", "", Kind::kBatchNorm},
    Class{"BatchNorm2d", "", Kind::kBatchNorm},
    Class{"BatchNorm3d", "", Kind::kBatchNorm},
    Class{"LayerNormalization", "layer_normalization", Kind::kLayerNorm},
    Class{"GroupNormalization", "group_normalization", Kind::kLayerNorm},
    Class{"LayerNorm", "", Kind::kLayerNorm},
    Class{"GroupNorm", "", Kind::kLayerNorm},
    Class{"RMSNormalization", "rms_normalization", Kind::kRmsNorm},
    Class{"RMSNorm", "", Kind::kRmsNorm},
    Class{"PReLU", "p_re_lu", Kind::kPrelu},
    Class{"LSTM", "lstm", Kind::kLstm},
    Class{"GRU", "gru", Kind::kGru},
    Class{"SimpleRNN", "simple_rnn", Kind::kSimpleRnn},
    Class{"RNN", "", Kind::kSimpleRnn},
    Class{"MultiHeadAttention", "multi_head_attention", Kind::kAttention},
    Class{"MultiheadAttention", "", Kind::kAttention},
    // Words for what a class does not tell.
    Class{"flatten", "", Kind::kDense},
    Class{"heads", "", Kind::kAttention},
};

std::string Dotted(std::string_view scope) {
  std::string out(scope);
  std::replace(out.begin(), out.end(), '/', '.');
  return out;
}

}  // namespace

bool MayFollowFlatten(std::int64_t features, const std::vector<Layer>& all) {
  for (const Layer& layer : all) {
    for (const auto& [role, entry] : layer.roles) {
      const Shape& shape = entry->spec.shape;
      if (shape.rank() < 3 || shape.rank() > 5 || role.find('/') != std::string::npos) continue;
      // Where channels stand depends on the framework and the layer.
      const std::size_t last = shape.rank() - 1;
      for (const std::int64_t channels :
           {shape[last], shape[last - 1], shape[last] * shape[last - 1], shape[0], shape[1]}) {
        if (channels > 1 && features > channels && features % channels == 0) return true;
      }
    }
  }
  return false;
}

std::optional<LayerSpec> SpecFrom(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : Split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.empty()) return std::nullopt;
  const auto known = std::find_if(kClasses.begin(), kClasses.end(),
                                  [&](const Class& each) { return each.name == words[0]; });
  if (known == kClasses.end()) return std::nullopt;
  LayerSpec spec{known->kind, known->axes};
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::int64_t number = 0;
    const auto [end, error] =
        std::from_chars(words[i].data(), words[i].data() + words[i].size(), number);
    if (error != std::errc() || end != words[i].data() + words[i].size() || number < 1) return {};
    spec.numbers.push_back(number);
  }
  const std::size_t count = spec.numbers.size();
  if (words[0] == "flatten" && count < 2) return std::nullopt;
  if (words[0] == "heads" && count != 1) return std::nullopt;
  const bool takes_one = spec.kind == Kind::kAttention || spec.kind == Kind::kDepthwise;
  if (words[0] != "flatten" && count > (takes_one ? 1u : 0u)) return std::nullopt;
  return spec;
}

std::optional<LayerSpec> SpecOfAutomaticName(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789");
  if (digits != std::string_view::npos && digits + 1 < name.size() && name[digits] == '_') {
    name = name.substr(0, digits);
  }
  for (const Class& each : kClasses) {
    if (!each.automatic.empty() && each.automatic == name) return LayerSpec{each.kind, each.axes};
  }
  return std::nullopt;
}

const Entry* Layer::Find(std::string_view role) const {
  const auto found = roles.find(std::string(role));
  return found == roles.end() ? nullptr : found->second;
}

Result<Said> Said::From(std::span<const LayerRule> rules) {
  Said said;
  for (const LayerRule& rule : rules) {
    const auto spec = SpecFrom(rule.what);
    if (!spec) {
      return Fail(
          Error(ErrorCode::kInvalidArgument, "layout/unknown",
                fmt::format("'{}' of layer '{}' is no kind of layer", rule.what, rule.layer))
              .With("kinds",
                    "classes of Keras and torch, such as Dense, Conv2DTranspose, Embedding")
              .With("or", "flatten H W C, heads N, DepthwiseConv2D M"));
    }
    if (rule.layer == "*") {
      said.fallbacks_.push_back(*spec);
    } else if (rule.hint) {
      said.hints_.insert_or_assign(Dotted(rule.layer), *spec);
    } else {
      said.by_scope_.insert_or_assign(Dotted(rule.layer), *spec);
    }
  }
  return said;
}

void Said::KnowRoot(const std::vector<Layer>& layers) {
  if (layers.empty()) return;
  const std::string first = Dotted(layers.front().scope);
  const std::string root = first.substr(0, first.find('.') + 1);  // Nothing without a dot.
  const bool all = std::all_of(layers.begin(), layers.end(), [&](const Layer& layer) {
    return layer.scope.size() > root.size() && Dotted(layer.scope).starts_with(root);
  });
  if (all) root_ = root;
}

const LayerSpec* Said::Of(std::string_view scope) const {
  const std::string name = Dotted(scope);
  for (const auto* said : {&by_scope_, &hints_}) {
    if (const auto found = said->find(name); found != said->end()) return &found->second;
    if (root_.empty()) continue;
    const auto below = said->find(std::string_view(name).substr(root_.size()));
    if (below != said->end()) return &below->second;
  }
  return nullptr;
}

std::vector<std::string> Said::Unused(const std::vector<Layer>& layers) const {
  std::set<std::string> scopes;
  for (const Layer& layer : layers) {
    const std::string scope = Dotted(layer.scope);
    scopes.insert(scope);
    scopes.insert(scope.substr(root_.size()));
  }
  std::vector<std::string> out;
  for (const auto& [scope, spec] : by_scope_) {
    if (!scopes.contains(scope)) out.push_back(scope);
  }
  return out;
}

void LayoutBuilder::Add(const Layer& layer, std::vector<std::string_view> roles,
                        std::vector<std::string> to, std::vector<std::string> ops, bool shared) {
  TensorRule rule;
  for (const std::string_view role : roles) {
    const Entry* const entry = layer.Find(role);
    if (entry == nullptr) return;  // A layer without a bias.
    rule.from.push_back(NamePattern::Escaped(entry->name));
  }
  std::string scope = layer.scope;
  std::replace(scope.begin(), scope.end(), separator_ == '.' ? '/' : '.', separator_);
  for (std::string& name : to) {
    std::string full = prefix + scope;
    if (!full.empty() && full.back() != separator_) full += separator_;
    rule.to.push_back(NamePattern::Escaped(full + name));
  }
  rule.ops = std::move(ops);
  rule.shared = shared;
  map_.rules.push_back(std::move(rule));
}

void LayoutBuilder::Skip(const Entry& entry) {
  map_.skip.push_back(select::EscapeGlob(entry.name));
}

void LayoutBuilder::Unclear(const Layer& layer, std::string why, std::string say) {
  std::string shapes;
  for (const auto& [role, entry] : layer.roles) {
    shapes += fmt::format(" {} {}", role, entry->spec.shape.ToString());
  }
  unclear_.push_back({"layer", fmt::format("{}:{}: {}", layer.scope, shapes, why)});
  say_.push_back(fmt::format("{}=>{}", layer.scope, say));
}

void LayoutBuilder::None(const Layer& layer, std::string why) {
  none_.push_back({"layer", fmt::format("{}: {}", layer.scope, why)});
}

Result<TensorMap> LayoutBuilder::Finish() && {
  constexpr std::size_t kShown = 10;
  const auto fail = [](Error error, std::vector<Error::Detail> rows) {
    const std::size_t count = rows.size();
    if (count > kShown) {
      rows.resize(kShown);
      rows.push_back({"and", fmt::format("{} more", count - kShown)});
    }
    error.details = std::move(rows);
    return Fail(std::move(error));
  };
  if (!none_.empty()) {
    return fail(Error(ErrorCode::kUnsupported, "layout/no-counterpart",
                      "some layers have no counterpart that computes the same"),
                std::move(none_));
  }
  if (!unclear_.empty()) {
    Error error(ErrorCode::kUnmet, "layout/unclear",
                "what some layers are is not in the file, and more than one reading fits");
    for (std::size_t i = 0; i < std::min<std::size_t>(3, say_.size()); ++i) {
      error.remedies.push_back({{{Option::kLayer, say_[i]}}, "", true});
    }
    return fail(std::move(error), std::move(unclear_));
  }
  if (map_.rules.empty()) {
    return Fail(Error(ErrorCode::kUnmet, "layout/unclear", "no layers of the layout were found"));
  }
  return std::move(map_);
}

std::string KernelToTorch(std::size_t axes) {
  std::string text = fmt::format("transpose {} {}", axes + 1, axes);
  for (std::size_t i = 0; i < axes; ++i) text += fmt::format(" {}", i);
  return text;
}

std::string KernelFromTorch(std::size_t axes) {
  std::string text = "transpose";
  for (std::size_t i = 0; i < axes; ++i) text += fmt::format(" {}", i + 2);
  return text + " 1 0";
}

}  // namespace regraft::maps
