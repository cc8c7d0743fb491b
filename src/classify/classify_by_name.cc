#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/made_once.h"
#include "base/name_table.h"
#include "classify/classify.h"
#include "regraft/entry.h"

namespace regraft::classify {
namespace {

// What an optimizer writes behind the name of a variable. `last` is compared with the last
// part of a name, without a number behind it ("Adam_1": a second slot of the same maker).
struct SlotName {
  std::string_view last;
  std::string_view maker;
  bool same_shape = true;  ///< The slot has its variable's shape.
};

// Those of tf.train, tf.contrib.opt and well known training programs.
constexpr std::array kSlotNames = {
    SlotName{"Adam", "Adam"},
    SlotName{"AdamW", "AdamW"},
    SlotName{"AdaMax", "AdaMax"},
    SlotName{"Nadam", "Nadam"},
    SlotName{"LazyAdam", "LazyAdam"},
    SlotName{"adam_m", "AdamWeightDecay"},
    SlotName{"adam_v", "AdamWeightDecay"},
    SlotName{"lamb_m", "LAMB"},
    SlotName{"lamb_v", "LAMB"},
    SlotName{"LAMB", "LAMB"},
    SlotName{"Momentum", "Momentum"},
    SlotName{"LARS", "LARS"},
    SlotName{"LARSOptimizer", "LARS"},
    SlotName{"RMSProp", "RMSProp"},
    SlotName{"Adagrad", "Adagrad"},
    SlotName{"AdagradDA", "AdagradDA"},
    SlotName{"ProximalAdagrad", "ProximalAdagrad"},
    SlotName{"Adadelta", "Adadelta"},
    SlotName{"Ftrl", "Ftrl"},
    SlotName{"Adafactor", "Adafactor", false},
    SlotName{"Shampoo", "Shampoo", false},
};

// Keras optimizers in graph mode write "<scope>/Adam/<variable>/m".
constexpr std::array<std::string_view, 10> kKerasScopes = {
    "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD", "rmsprop", "LAMB"};
constexpr std::array<std::string_view, 9> kKerasSlots = {
    "m", "v", "vhat", "momentum", "rms", "mg", "accumulator", "accum_var", "linear"};
constexpr std::array<std::string_view, 11> kRates = {"iter",
                                                     "iterations",
                                                     "beta_1",
                                                     "beta_2",
                                                     "decay",
                                                     "learning_rate",
                                                     "learning_rate_power",
                                                     "momentum",
                                                     "rho",
                                                     "epsilon",
                                                     "l2_regularization_strength"};

// What Mesh TensorFlow appends to a name itself.
constexpr std::array<std::string_view, 5> kMeshSuffixes = {"_slot_v", "_slot_vr", "_slot_vc",
                                                           "_slot_m", "_slot_momentum"};

template <typename Names>
bool In(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('/') + 1); }

// "Adam_1" -> "Adam".
std::string_view WithoutNumber(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789");
  if (digits == std::string_view::npos || digits + 1 == name.size() || name[digits] != '_')
    return name;
  return name.substr(0, digits);
}

class Classifier {
 public:
  explicit Classifier(std::vector<Entry>& entries) : entries_(entries) {}

  void Run() {
    for (Entry& entry : entries_) ClassifyOne(entry);
    // Only now is it known which optimizers there are.
    for (Entry& entry : entries_) {
      if (entry.cls == EntryClass::kWeights) ClassifyByOthers(entry);
    }
  }

 private:
  template <typename Text>
  static void Set(Entry& entry, EntryClass cls, Text reason) {
    entry.cls = cls;
    entry.class_reason = std::move(reason);
  }

  // Only names that look like those of slots and statistics ask for others.
  const Entry* Find(std::string_view name) const {
    const NameTable& by_name = by_name_.Get([this] {
      NameTable table(entries_.size());
      for (std::size_t i = 0; i < entries_.size(); ++i) table.Add(entries_[i].key, i);
      return table;
    });
    const std::size_t* const found = by_name.Find(name);
    return found == nullptr ? nullptr : &entries_[*found];
  }

  // The variable that a slot called `base` + suffix belongs to: `base` itself, or `base`
  // below the scope that the optimizer was made in ("train/dense/kernel" -> "dense/kernel").
  const Entry* FindBase(std::string_view base) const {
    for (;;) {
      if (const Entry* found = Find(base)) return found;
      const std::size_t slash = base.find('/');
      if (slash == std::string_view::npos) return nullptr;
      base.remove_prefix(slash + 1);
    }
  }

  bool SetSlot(Entry& entry, std::string_view base_name, std::string_view maker, bool same_shape) {
    const Entry* base = FindBase(base_name);
    if (base == nullptr || base == &entry) return false;
    if (same_shape && base->spec.shape != entry.spec.shape) return false;
    Set(entry, EntryClass::kOptimizer,
        Sentence({"slot that ", maker, " keeps for the variable '", base->key, "'"}));
    constexpr std::array<std::string_view, 5> kWithPowers = {"Adam", "AdamW", "AdaMax", "Nadam",
                                                             "LazyAdam"};
    if (In(kWithPowers, maker)) has_adam_ = true;
    // What stands before the variable's name is the scope of the optimizer.
    scopes_.insert(base_name.substr(0, base_name.size() - base->key.size()));
    return true;
  }

  bool ClassifyAsSlot(Entry& entry) {
    const std::string_view key = entry.key;
    const std::string_view last = LastPart(key);
    for (const std::string_view suffix : kMeshSuffixes) {
      if (last.ends_with(suffix) &&
          SetSlot(entry, key.substr(0, key.size() - suffix.size()), "Mesh TensorFlow", false)) {
        return true;
      }
    }
    if (last.size() == key.size()) return false;
    const std::string_view base = key.substr(0, key.size() - last.size() - 1);
    const std::string_view name = WithoutNumber(last);
    for (const SlotName& slot : kSlotNames) {
      if (name == slot.last) return SetSlot(entry, base, slot.maker, slot.same_shape);
    }
    return In(kKerasSlots, last) && ClassifyAsKerasSlot(entry, base);
  }

  // The names of these slots are so short that the optimizer's own name must stand before.
  bool ClassifyAsKerasSlot(Entry& entry, std::string_view base) {
    std::size_t start = 0;
    for (std::size_t slash = base.find('/'); slash != std::string_view::npos;
         start = slash + 1, slash = base.find('/', start)) {
      const std::string_view maker = WithoutNumber(base.substr(start, slash - start));
      if (!In(kKerasScopes, maker)) continue;
      const Entry* variable = Find(base.substr(slash + 1));
      if (variable == nullptr || variable->spec.shape != entry.spec.shape) continue;
      Set(entry, EntryClass::kOptimizer,
          Sentence({"slot that ", maker, " keeps for the variable '", variable->key, "'"}));
      scopes_.insert(base.substr(0, slash + 1));
      return true;
    }
    return false;
  }

  void ClassifyOne(Entry& entry) {
    if (ClassifyAsSlot(entry)) return;
    const std::string_view key = entry.key;
    const std::string_view last = LastPart(key);
    const std::string_view folder = key.substr(0, key.size() - last.size());
    if (WithoutNumber(last) == "ExponentialMovingAverage" && !folder.empty()) {
      if (const Entry* base = FindBase(folder.substr(0, folder.size() - 1))) {
        return Set(entry, EntryClass::kEma,
                   Sentence({"it is the moving average of '", base->key, "'"}));
      }
    }
    if (IsStatistic(folder, last)) {
      return Set(entry, EntryClass::kBnStats, "it is a moving statistic of a batch normalization");
    }
    // Averages that start at zero have helpers below the variable that they average.
    if ((last == "biased" || last == "local_step") && !folder.empty()) {
      const std::string_view base = folder.substr(0, folder.size() - 1);
      const std::string_view name = LastPart(base);
      if (Find(base) != nullptr && IsStatistic(base.substr(0, base.size() - name.size()), name)) {
        return Set(entry, EntryClass::kBnStats,
                   Sentence({"it corrects the moving statistic '", base, "'"}));
      }
    }
    if ((last == "global_step" && entry.spec.shape.rank() == 0) ||
        ((IsStepName(last) || last.starts_with("global_step_")) && IsCounter(entry.spec))) {
      return Set(entry, EntryClass::kStep, Sentence({"it is a scalar called '", last, "'"}));
    }
    Set(entry, EntryClass::kWeights, "nothing says that it is anything else");
  }

  bool IsStatistic(std::string_view folder, std::string_view last) const {
    // PyTorch's; a layer has all three.
    if (last == "running_mean" || last == "running_var" || last == "num_batches_tracked") {
      return Find(std::string(folder).append("running_mean")) != nullptr &&
             Find(std::string(folder).append("running_var")) != nullptr;
    }
    // Flax's and Haiku's, beside the parameters of the layer.
    if (last == "mean" || last == "var") {
      const auto has = [&](std::string_view name) {
        return Find(std::string(folder).append(name)) != nullptr;
      };
      return !folder.empty() && has("mean") && has("var") && (has("scale") || has("bias"));
    }
    if (last != "moving_mean" && last != "moving_variance") return false;
    const auto beside = [&](std::string_view name) {
      return Find(std::string(folder).append(name)) != nullptr;
    };
    return beside(last == "moving_mean" ? "moving_variance" : "moving_mean") || beside("gamma") ||
           beside("beta");
  }

  void ClassifyByOthers(Entry& entry) const {
    if (entry.spec.shape.rank() != 0) return;
    const std::string_view key = entry.key;
    const std::string_view last = LastPart(key);
    const std::string_view name = WithoutNumber(last);
    if (has_adam_ && (name == "beta1_power" || name == "beta2_power")) {
      return Set(entry, EntryClass::kOptimizer,
                 "it is a power that Adam keeps, and Adam has slots here");
    }
    const std::string_view folder = key.substr(0, key.size() - last.size());
    if (!folder.empty() && In(kRates, last) && scopes_.contains(folder)) {
      Set(entry, EntryClass::kOptimizer,
          "it stands in the scope of an optimizer that has slots here");
    }
  }

  std::vector<Entry>& entries_;
  MadeOnce<NameTable> by_name_;
  std::unordered_set<std::string_view> scopes_;  // "training/Adam/"; views of keys.
  bool has_adam_ = false;
};

}  // namespace

bool IsCounter(const TensorSpec& spec) {
  return spec.shape.rank() == 0 && (spec.dtype == DType::kInt64 || spec.dtype == DType::kInt32 ||
                                    spec.dtype == DType::kUint64 || spec.dtype == DType::kUint32);
}

bool IsStepName(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {
      "global_step", "step",       "steps", "train_step", "train_steps",   "current_step",
      "iteration",   "iterations", "epoch", "epochs",     "current_epoch", "global_epoch"};
  return In(kNames, name);
}

void ClassifyByName(std::vector<Entry>& entries) { Classifier(entries).Run(); }

}  // namespace regraft::classify
