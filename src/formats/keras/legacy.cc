#include "formats/keras/legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "formats/keras/places.h"
#include "formats/keras/tensor_names.h"

namespace regraft::keras {
namespace {

using Source = DatasetNames::Source;

constexpr std::string_view kWeights = "model_weights";
constexpr std::string_view kLayerNames = "layer_names";

std::string TextOf(const hdf5::Contents& contents, std::string_view group, std::string_view name) {
  const hdf5::Attribute* const attribute = contents.Find(group, name);
  return attribute != nullptr && !attribute->texts.empty() ? attribute->texts[0] : "";
}

bool Lists(const hdf5::Contents& contents, std::string_view group) {
  return contents.Find(group, kLayerNames) != nullptr ||
         contents.Find(group, std::string(kLayerNames) + '0') != nullptr;
}

// Where the layers are.
std::string_view BaseOf(const hdf5::Contents& contents) {
  return Lists(contents, kWeights) ? kWeights : std::string_view();
}

// Layers of transformers are called "layer_._0", and no person has counted them.
PartKind KindOfLayer(std::string_view name) {
  if (IsAutomaticName(name)) return PartKind::kNumbered;
  return name.find("_._") == std::string_view::npos ? PartKind::kGiven : PartKind::kPlace;
}

std::vector<PartKind> KindsOf(std::string_view path) {
  std::vector<PartKind> kinds;
  for (const std::string_view part : PartsOf(path)) kinds.push_back(KindOfLayer(part));
  if (!kinds.empty()) kinds.back() = PartKind::kGiven;
  return kinds;
}

class Reader {
 public:
  explicit Reader(const hdf5::Contents& contents) : contents_(contents), base_(BaseOf(contents)) {
    for (std::size_t i = 0; i < contents.datasets.size(); ++i) {
      places_.emplace(contents.datasets[i].path, i);
    }
    legacy_.names.resize(contents.datasets.size());
  }

  Legacy Read() {
    legacy_.keras_version = Said("keras_version");
    legacy_.backend = Said("backend");
    const bool other_backend = !legacy_.backend.empty() && legacy_.backend != "tensorflow" &&
                               legacy_.backend != "jax" && legacy_.backend != "torch";
    legacy_.older_numbers = legacy_.keras_version.starts_with("1.") || other_backend;
    const std::vector<std::string> layers = JoinedTexts(contents_, base_, kLayerNames);
    legacy_.is_shard = !layers.empty() && places_.contains(Below(base_, layers[0])) &&
                       !contents_.groups.contains(Below(base_, layers[0]));
    if (!legacy_.is_shard) {
      std::size_t place = 0;
      for (const std::string& layer : layers) {
        if (ReadLayer(layer, place)) ++place;
      }
      NoteMissing(layers.size());
    }
    for (std::size_t i = 0; i < legacy_.names.size(); ++i) {
      if (legacy_.names[i].full_name.empty()) NameByItself(i);
    }
    return std::move(legacy_);
  }

 private:
  // Beside the layers, or at the root.
  std::string Said(std::string_view name) const {
    const std::string text = TextOf(contents_, base_, name);
    return text.empty() ? TextOf(contents_, "", name) : text;
  }

  // `row` counts the layers that have variables. True if this one has any.
  bool ReadLayer(const std::string& layer, std::size_t row) {
    const std::string group = Below(base_, layer);
    if (!contents_.groups.contains(group)) {
      legacy_.missing.push_back(layer);
      return false;
    }
    std::map<std::string_view, std::size_t> leaves;
    const std::vector<std::string> weights = JoinedTexts(contents_, group, "weight_names");
    for (const std::string& weight : weights) ++leaves[LastOf(WithoutColon(weight))];
    for (const std::string& weight : weights) {
      const auto place = places_.find(Below(group, weight));
      if (place == places_.end()) {
        legacy_.missing.push_back(Below(layer, weight));
        continue;
      }
      DatasetNames& names = legacy_.names[place->second];
      const std::string_view full = WithoutColon(weight);
      names.full_name = full;
      names.source = Source::kFile;
      names.path = leaves[LastOf(full)] == 1 ? Below(layer, LastOf(full)) : PathOf(layer, full);
      names.kinds = KindsOf(names.path);
      const std::string_view inside = Inside(layer, full);
      names.place = fmt::format("layers/{}/{}", row, inside);
      names.place_kinds = KindsOf(inside);
      names.place_kinds.insert(names.place_kinds.begin(), {PartKind::kSpelling, PartKind::kPlace});
    }
    return !weights.empty();
  }

  // What the name of a variable says below that of its layer, before which that of a model may
  // stand. The order of a layer's variables says less: it is another one when some of them are
  // frozen.
  static std::string_view Inside(std::string_view layer, std::string_view full) {
    for (std::string_view rest = full; rest.find('/') != std::string_view::npos;) {
      const std::size_t slash = rest.find('/');
      const std::string_view part = rest.substr(0, slash);
      rest.remove_prefix(slash + 1);
      if (part == layer) return rest;
    }
    return full;
  }

  // A layer of several, such as a model, has the names of its own in front of its variables'.
  static std::string PathOf(const std::string& layer, std::string_view full) {
    const bool below = full.starts_with(layer) && full.substr(layer.size()).starts_with('/');
    return below ? std::string(full) : Below(layer, full);
  }

  void NoteMissing(std::size_t layers) {
    if (legacy_.missing.empty()) return;
    legacy_.notes.push_back(
        fmt::format("of {} that the file lists, {} {} not in it: {}{}", Plural(layers, "layer"),
                    legacy_.missing.size(), legacy_.missing.size() == 1 ? "is" : "are",
                    Printable(legacy_.missing[0]), legacy_.missing.size() > 1 ? ", …" : ""));
  }

  // What no layer lists: an optimizer's values, or what the file has beside.
  void NameByItself(std::size_t i) {
    std::string_view path = contents_.datasets[i].path;
    for (const std::string_view front : {kWeights, std::string_view("optimizer_weights"),
                                         std::string_view("top_level_model_weights")}) {
      if (path.starts_with(front) && path.substr(front.size()).starts_with('/')) {
        path.remove_prefix(front.size() + 1);
        break;
      }
    }
    DatasetNames& names = legacy_.names[i];
    names.full_name = names.path = WithoutColon(path);
    names.kinds = KindsOf(names.path);
    names.source = Source::kFile;
  }

  const hdf5::Contents& contents_;
  const std::string_view base_;
  std::map<std::string, std::size_t, std::less<>> places_;
  Legacy legacy_;
};

}  // namespace

std::string NameInShard(const std::string& variable) {
  // What has a part "model." anywhere is written as it is.
  const std::size_t slash = variable.find('/');
  const bool whole = slash == std::string::npos || variable.find("model.") != std::string::npos;
  return whole ? variable : variable.substr(slash + 1);
}

std::vector<archive::TensorNames> NamesOfShards(std::span<const archive::StoredTensor> tensors) {
  hdf5::Contents contents;
  std::vector<DatasetNames> all;
  for (const archive::StoredTensor& tensor : tensors) {
    hdf5::Dataset& dataset = contents.datasets.emplace_back();
    dataset.path = tensor.key;
    dataset.spec = tensor.spec;
    DatasetNames& names = all.emplace_back();
    names.full_name = names.path = WithoutColon(tensor.key);
    names.kinds = KindsOf(names.path);
    names.source = Source::kFile;
  }
  return TensorNamesOfLegacy(contents, all);
}

std::vector<std::string> JoinedTexts(const hdf5::Contents& contents, std::string_view group,
                                     std::string_view name) {
  if (const hdf5::Attribute* const whole = contents.Find(group, name)) return whole->texts;
  std::vector<std::string> texts;
  for (std::size_t i = 0;; ++i) {
    const hdf5::Attribute* const part = contents.Find(group, fmt::format("{}{}", name, i));
    if (part == nullptr) return texts;
    texts.insert(texts.end(), part->texts.begin(), part->texts.end());
  }
}

bool IsLegacy(const hdf5::Contents& contents) {
  return Lists(contents, kWeights) || Lists(contents, "");
}

Legacy ReadLegacy(const hdf5::Contents& contents) { return Reader(contents).Read(); }

}  // namespace regraft::keras
