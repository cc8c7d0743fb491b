#include "formats/keras/optimizer_slots.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "formats/keras/places.h"

namespace regraft::keras {
namespace {

// One kind of slot: as people call it, the end of its name in Keras 3, and that in 2.12 to 2.15.
struct Kind {
  std::string_view slot, keras_3, keras_2;
  enum class Shape : std::uint8_t { kLike, kRows, kColumns } shape = Shape::kLike;
};
constexpr Kind kMomentum = {"momentum", "momentum", "m"};
constexpr Kind kVelocity = {"velocity", "velocity", "v"};
constexpr Kind kAverage = {"model_variables_moving_average", "average", "average"};
constexpr Kind kGathered = {"accumulated_gradient", "gradient_accumulator", ""};

using Row = std::vector<Kind>;  // The slots of one variable, before those of the next one.

// In the order in which an optimizer makes them; nothing for a class that is not known.
std::optional<std::vector<Row>> RowsOf(const OptimizerConfig& optimizer) {
  constexpr std::array kMoments = {"adam", "adam_w", "lamb", "nadam"};
  const std::string_view cls = optimizer.snake_class;
  std::vector<Row> rows;
  if (optimizer.averages) rows.push_back({kAverage});
  if (optimizer.accumulates) rows.push_back({kGathered});
  if (std::find(kMoments.begin(), kMoments.end(), cls) != kMoments.end()) {
    rows.push_back({kMomentum, kVelocity});
    if (optimizer.amsgrad) rows.push_back({{"velocity_hat", "velocity_hat", "vhat"}});
  } else if (cls == "adamax") {
    rows.push_back({{"m", "momentum", "m"}, {"u", "norm", "u"}});
  } else if (cls == "sgd") {
    if (optimizer.has_momentum) rows.push_back({kMomentum});
  } else if (cls == "rm_sprop") {
    rows.push_back({{"velocity", "velocity", "velocity"}});
    if (optimizer.has_momentum) rows.push_back({{"momentum", "momentum", "momentum"}});
    if (optimizer.centered) {
      rows.push_back({{"average_gradient", "average_gradient", "average_gradient"}});
    }
  } else if (cls == "adagrad") {
    rows.push_back({{"accumulator", "accumulator", "accumulator"}});
  } else if (cls == "adadelta") {
    rows.push_back({{"accumulated_grad", "accumulated_grad", "accumulated_grad"},
                    {"accumulated_delta_var", "accumulated_delta_var", "accumulated_delta_var"}});
  } else if (cls == "ftrl") {
    rows.push_back({{"accumulator", "accumulator", "accumulator"}, {"linear", "linear", "linear"}});
  } else if (cls == "lion") {
    rows.push_back({kMomentum});
  } else if (cls == "adafactor") {
    rows.push_back({{"r", "r", "r", Kind::Shape::kRows},
                    {"c", "c", "c", Kind::Shape::kColumns},
                    {"v", "velocity", "v"}});
  } else {
    return std::nullopt;
  }
  return rows;
}

// What Adafactor keeps of a variable's rows, or of its columns: nothing of those that have none.
Shape ShapeOf(const Kind& kind, const Shape& variable) {
  if (kind.shape == Kind::Shape::kLike) return variable;
  std::vector<std::int64_t> dims(variable.dims().begin(), variable.dims().end());
  if (dims.size() < 2) return Shape{};
  dims.erase(dims.end() - (kind.shape == Kind::Shape::kRows ? 1 : 2));
  return Shape::Make(std::move(dims)).value_or(Shape{});
}

class Linker {
 public:
  Linker(const hdf5::Contents& contents, const ModelConfig& config,
         const std::vector<DatasetNames>& names, bool of_keras_2)
      : contents_(contents), config_(config), names_(names), of_keras_2_(of_keras_2) {
    for (std::size_t i = 0; i < contents.datasets.size(); ++i) {
      const std::string_view group = ParentOf(contents.datasets[i].path);
      if (LastOf(group) != kVars) continue;
      objects_[AsNow(ParentOf(group))].push_back(i);
    }
    for (auto& [place, datasets] : objects_) SortByNumber(datasets);
  }

  std::vector<OptimizerVariable> Run() {
    if (!config_.readable || config_.members.empty()) return {};
    for (const std::string& member : config_.members) {
      if (!AddTrained(member)) return {};
    }
    if (!config_.inner_optimizer.snake_class.empty()) {
      return Link("optimizer/inner_optimizer", config_.inner_optimizer);
    }
    return Link("optimizer", config_.optimizer);
  }

 private:
  void SortByNumber(std::vector<std::size_t>& datasets) const {
    const auto number = [&](std::size_t i) {
      const std::string_view last = LastOf(contents_.datasets[i].path);
      std::size_t value = 0;
      std::from_chars(last.data(), last.data() + last.size(), value);
      return value;
    };
    std::sort(datasets.begin(), datasets.end(),
              [&](std::size_t a, std::size_t b) { return number(a) < number(b); });
  }

  // The datasets of an object, whichever way the file spells rows of layers.
  const std::vector<std::size_t>* ObjectAt(std::string_view place) const {
    const auto found = objects_.find(place);
    return found == objects_.end() ? nullptr : &found->second;
  }

  bool AnyBelow(std::string_view place, std::span<const std::string_view> known) const {
    const std::string start = std::string(place) + '/';
    for (auto at = objects_.lower_bound(start);
         at != objects_.end() && at->first.starts_with(start); ++at) {
      const std::string_view rest = std::string_view(at->first).substr(start.size());
      if (std::find(known.begin(), known.end(), rest) == known.end()) return true;
    }
    return false;
  }

  bool AddOwn(std::string_view place) {
    const std::vector<std::size_t>* const datasets = ObjectAt(place);
    if (datasets == nullptr) return true;
    for (const std::size_t i : *datasets) {
      // Whether an optimizer changes it, its name tells.
      if (names_[i].source == DatasetNames::Source::kPosition) return false;
      if (!IsStatistic(LastOf(names_[i].path))) trained_.push_back(i);
    }
    return true;
  }

  // Adds what is trained in a layer, in the order of Keras. False if that is not known.
  bool AddTrained(const std::string& place) {
    const LayerConfig* const layer = config_.At(place);
    if (layer == nullptr) return false;
    if (!layer->trainable) return true;
    if (!AddOwn(place)) return false;
    if (!layer->members.empty()) {
      for (const std::string& member : layer->members) {
        if (!AddTrained(member)) return false;
      }
      return true;
    }
    constexpr std::array<std::string_view, 1> kCell = {"cell"};
    constexpr std::array<std::string_view, 4> kAttention = {"query_dense", "key_dense",
                                                            "value_dense", "output_dense"};
    constexpr std::array<std::string_view, 4> kOldAttention = {"_query_dense", "_key_dense",
                                                               "_value_dense", "_output_dense"};
    std::span<const std::string_view> parts;
    if (layer->snake_class == "multi_head_attention") {
      parts = of_keras_2_ ? std::span<const std::string_view>(kOldAttention)
                          : std::span<const std::string_view>(kAttention);
    } else {
      parts = kCell;
    }
    for (const std::string_view part : parts) {
      if (!AddOwn(Below(place, part))) return false;
    }
    return !AnyBelow(place, parts);
  }

  std::string NameOf(const OptimizerConfig& optimizer, const Kind& kind,
                     std::string_view variable) const {
    // Nobody knows the variable's name, or several slots are called alike, as Adafactor's are.
    if (variable.empty() || kind.shape != Kind::Shape::kLike) return "";
    std::string name(variable);
    if (of_keras_2_) {
      return optimizer.name + '/' + std::string(kind.keras_2) + '/' + name;
    }
    std::replace(name.begin(), name.end(), '/', '_');
    return optimizer.name + '/' + name + '_' + std::string(kind.keras_3);
  }

  std::vector<OptimizerVariable> Link(const std::string& place,
                                      const OptimizerConfig& optimizer) const {
    const std::vector<std::size_t>* const own = ObjectAt(place);
    auto rows = RowsOf(optimizer);
    if (own == nullptr || own->empty() || !rows) return {};
    // Keras 2.15's SGD has its slots whether it uses them or not.
    if (rows->empty() && of_keras_2_) rows->push_back({kMomentum});
    std::size_t slots = 0;
    for (const Row& row : *rows) slots += row.size() * trained_.size();
    const std::size_t last = optimizer.snake_class == "nadam" && !of_keras_2_ ? 1 : 0;
    // A learning rate that follows a schedule is no variable.
    for (const std::size_t first : {2u, 1u}) {
      const bool fits = own->size() == first + slots || own->size() == first + slots + last;
      if (!fits || !std::all_of(own->begin(), own->begin() + first,
                                [&](std::size_t i) { return SpecOf(i).shape.rank() == 0; })) {
        continue;
      }
      std::vector<OptimizerVariable> known = Try(place, optimizer, *rows, *own, first);
      if (!known.empty() && own->size() == first + slots + last && last == 1) {
        OptimizerVariable& product = known.emplace_back();
        product.dataset = own->back();
        product.optimizer = place;
        product.own = "_u_product";
      }
      return known;
    }
    return {};
  }

  std::vector<OptimizerVariable> Try(const std::string& place, const OptimizerConfig& optimizer,
                                     const std::vector<Row>& rows,
                                     const std::vector<std::size_t>& own, std::size_t first) const {
    std::vector<OptimizerVariable> out;
    const auto add = [&](std::size_t dataset, std::string full_name) -> OptimizerVariable& {
      OptimizerVariable& variable = out.emplace_back();
      variable.dataset = dataset;
      variable.full_name = std::move(full_name);
      variable.optimizer = place;
      return variable;
    };
    add(own[0], of_keras_2_ ? "iteration" : optimizer.name + "/iteration");
    if (first == 2) {
      add(own[1], of_keras_2_ ? "learning_rate" : optimizer.name + "/learning_rate").own =
          "_learning_rate";
    }
    std::size_t at = first;
    for (const Row& row : rows) {
      for (const std::size_t variable : trained_) {
        for (const Kind& kind : row) {
          const std::size_t dataset = own[at++];
          if (SpecOf(dataset).shape != ShapeOf(kind, SpecOf(variable).shape)) return {};
          OptimizerVariable& slot =
              add(dataset, NameOf(optimizer, kind, names_[variable].full_name));
          slot.slot = kind.slot;
          slot.variable = variable;
          slot.average = kind.slot == kAverage.slot;
        }
      }
    }
    return out;
  }

  const TensorSpec& SpecOf(std::size_t dataset) const { return contents_.datasets[dataset].spec; }

  const hdf5::Contents& contents_;
  const ModelConfig& config_;
  const std::vector<DatasetNames>& names_;
  const bool of_keras_2_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> objects_;
  std::vector<std::size_t> trained_;  // Datasets in the order of the model.
};

}  // namespace

std::vector<OptimizerVariable> OptimizerVariables(const hdf5::Contents& contents,
                                                  const ModelConfig& config,
                                                  const std::vector<DatasetNames>& names,
                                                  bool of_keras_2) {
  return Linker(contents, config, names, of_keras_2).Run();
}

bool IsStatistic(std::string_view variable) {
  constexpr std::array<std::string_view, 9> kNames = {
      "moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev",
      "mean",        "variance",        "count",         "vector_u"};
  return std::find(kNames.begin(), kNames.end(), variable) != kNames.end();
}

}  // namespace regraft::keras
