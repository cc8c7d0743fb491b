#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "formats/keras/names.h"
#include "formats/keras/places.h"

namespace regraft::keras {
namespace {

using Source = DatasetNames::Source;

// "dense_3" -> "dense"; a name without a number as it is.
std::string_view Stem(std::string_view name) { return CountOf(name).stem; }

// The class that an attribute of a layer of Keras' own always holds.
std::string_view ClassOfAttribute(std::string_view attribute) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kKnown = {{
      {"query_dense", "einsum_dense"},
      {"key_dense", "einsum_dense"},
      {"value_dense", "einsum_dense"},
      {"output_dense", "einsum_dense"},
      {"_query_dense", "einsum_dense"},
      {"_key_dense", "einsum_dense"},
      {"_value_dense", "einsum_dense"},
      {"_output_dense", "einsum_dense"},
  }};
  for (const auto& [known, cls] : kKnown) {
    if (attribute == known) return cls;
  }
  return "";
}

// One object that has variables: its place, and its datasets in order.
struct Object {
  std::string place;
  std::vector<std::size_t> datasets;
  bool numbered = true;  // The datasets are called 0, 1, 2 …
};

class Namer {
 public:
  Namer(const hdf5::Contents& contents, const ModelConfig& config)
      : contents_(contents), config_(config) {}

  std::vector<DatasetNames> Run() {
    names_.resize(contents_.datasets.size());
    for (Object& object : FindObjects()) NameObject(object);
    return std::move(names_);
  }

 private:
  std::vector<Object> FindObjects() {
    std::map<std::string, Object, std::less<>> objects;
    std::set<std::string> whole_groups;
    for (std::size_t i = 0; i < contents_.datasets.size(); ++i) {
      const std::string& path = contents_.datasets[i].path;
      const std::string_view group = ParentOf(path);
      if (LastOf(path) == kVars) whole_groups.insert(path);
      if (LastOf(group) != kVars) {
        // Not one of a layer's variables: the file's own name says what it is.
        names_[i].full_name = path;
        names_[i].path = path;
        names_[i].source = Source::kFile;
        for (const std::string_view part : PartsOf(path)) {
          names_[i].kinds.push_back(KindOfPathPart(part));
        }
        continue;
      }
      Object& object = objects[std::string(ParentOf(group))];
      object.place = ParentOf(group);
      object.datasets.push_back(i);
    }
    std::vector<Object> out;
    for (auto& [place, object] : objects) {
      // A fault in place of the group: some of its variables are in a shard that is not there.
      object.numbered = !whole_groups.contains(Below(place, kVars));
      SortByNumber(object);
      out.push_back(std::move(object));
    }
    return out;
  }

  void SortByNumber(Object& object) const {
    std::vector<std::pair<std::size_t, std::size_t>> numbers;
    for (const std::size_t i : object.datasets) {
      const std::string_view last = LastOf(contents_.datasets[i].path);
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), number);
      object.numbered = object.numbered && error == std::errc() && end == last.data() + last.size();
      numbers.emplace_back(number, i);
    }
    if (!object.numbered) return;
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      object.numbered = object.numbered && numbers[i].first == i;
      object.datasets[i] = numbers[i].second;
    }
  }

  // The name that the file has for the object at a place, or the configuration.
  std::string LayerName(std::string_view place) const {
    const hdf5::Attribute* const name = contents_.Find(Below(place, kVars), "name");
    if (name != nullptr && !name->texts.empty()) return name->texts[0];
    const LayerConfig* const known = config_.At(place);
    return known == nullptr ? "" : known->name;
  }

  bool SaysName(std::string_view place) const {
    const hdf5::Attribute* const name = contents_.Find(Below(place, kVars), "name");
    return name != nullptr && !name->texts.empty();
  }

  // A group that has members and is no object: a list, or a dictionary.
  bool IsContainer(std::string_view place) const {
    return !place.empty() && !contents_.groups.contains(Below(place, kVars));
  }

  // The names of the objects on the way, but for the root. Nothing if one is not known.
  std::optional<std::string> LayerNames(std::string_view place) const {
    std::string names, at;
    bool any = false;
    for (const std::string_view part : PartsOf(place)) {
      at = Below(at, part);
      if (IsContainer(at)) continue;
      const std::string name = LayerName(at);
      if (name.empty()) return std::nullopt;
      any = true;
      // Files without names are of Keras 2, whose variables have no models' names in theirs.
      if (!SaysName(at) && config_.At(at)->is_model) continue;
      names = Below(names, name);
    }
    if (!any) return std::nullopt;
    return names;
  }

  struct Told {
    std::vector<std::string_view> names;
    Source source = Source::kPosition;
  };

  Told VariablesOf(const Object& object, std::span<const Shape> shapes) const {
    if (!object.numbered) return {};
    const LayerConfig* const known = config_.At(object.place);
    if (known != nullptr && known->of_keras) {
      auto names = VariableNames(known->snake_class, shapes, known->options);
      return {AsOfKeras2(std::move(names), known->snake_class, object), Source::kConfig};
    }
    constexpr Options options = {};
    const std::string_view last = LastOf(object.place), parent = ParentOf(object.place);
    const std::string layer = LayerName(object.place);
    const std::string_view automatic = IsAutomaticName(layer) ? Stem(layer) : std::string_view();
    // A recurrent layer keeps its variables in a cell.
    if (last == "cell") {
      const std::string_view outer = ClassByPlace(parent);
      const std::string_view cls = IsKnownClass(automatic) ? automatic : outer;
      return {VariableNames(cls.empty() ? "lstm" : cls, shapes, options), Source::kPlace};
    }
    const std::string_view by_place = ClassByPlace(object.place);
    if (!by_place.empty() && IsKnownClass(by_place)) {
      // A class of the user's own may be called so, too; then the automatic name agrees, as well.
      if (IsKnownClass(automatic) && automatic != by_place) return {};
      return {AsOfKeras2(VariableNames(by_place, shapes, options), by_place, object),
              Source::kPlace};
    }
    if (const std::string_view cls = ClassOfAttribute(last); !cls.empty()) {
      return {VariableNames(cls, shapes, options), Source::kPlace};
    }
    if (IsKnownClass(automatic)) {
      return {VariableNames(automatic, shapes, options), Source::kLayerName};
    }
    return {VariableNamesByShapes(shapes), Source::kShapes};
  }

  // What Keras 2, whose files say no names of layers, called otherwise.
  std::vector<std::string_view> AsOfKeras2(std::vector<std::string_view> names,
                                           std::string_view cls, const Object& object) const {
    const bool depthwise = cls.starts_with("depthwise_conv");
    if (depthwise && !names.empty() && !SaysName(object.place)) names[0] = "depthwise_kernel";
    return names;
  }

  // Members of containers are called by their classes.
  std::string_view ClassByPlace(std::string_view place) const {
    return IsContainer(ParentOf(place)) ? Stem(LastOf(place)) : std::string_view();
  }

  void NameObject(const Object& object) {
    std::vector<Shape> shapes;
    for (const std::size_t i : object.datasets) shapes.push_back(contents_.datasets[i].spec.shape);
    const bool in_optimizer = object.place == "optimizer" || object.place.starts_with("optimizer/");
    const Told told = in_optimizer ? Told{} : VariablesOf(object, shapes);
    const std::optional<std::string> layers = LayerNames(object.place);
    for (std::size_t i = 0; i < object.datasets.size(); ++i) {
      DatasetNames& names = names_[object.datasets[i]];
      const std::string_view position = LastOf(contents_.datasets[object.datasets[i]].path);
      const std::string_view own = told.names.empty() ? position : told.names[i];
      names.source = told.names.empty() ? Source::kPosition : told.source;
      if (in_optimizer) {
        names.full_name = Below(object.place, own);
      } else if (layers) {
        names.full_name = Below(*layers, own);
      } else if (object.place.empty()) {
        names.full_name = own;
      }
      names.path = Below(object.place, own);
      names.kinds = KindsOf(object.place);
      names.kinds.push_back(told.names.empty() ? PartKind::kPlace : PartKind::kGiven);
      if (told.names.empty()) continue;
      names.place = Below(object.place, position);
      names.place_kinds = names.kinds;
      names.place_kinds.back() = PartKind::kPlace;
    }
  }

  std::vector<PartKind> KindsOf(std::string_view place) const {
    std::vector<PartKind> kinds;
    std::string at;
    for (const std::string_view part : PartsOf(place)) {
      const bool member = IsContainer(at);
      at = Below(at, part);
      if (part == "layers" || part == "_layer_checkpoint_dependencies" || part == "layer" ||
          part == "cell" || Stem(part) == "container") {
        kinds.push_back(PartKind::kSpelling);
      } else {
        kinds.push_back(member ? PartKind::kPlace : PartKind::kGiven);
      }
    }
    return kinds;
  }

  const hdf5::Contents& contents_;
  const ModelConfig& config_;
  std::vector<DatasetNames> names_;
};

}  // namespace

std::vector<DatasetNames> NamesOfKeras3(const hdf5::Contents& contents, const ModelConfig& config) {
  return Namer(contents, config).Run();
}

}  // namespace regraft::keras
