// formats/keras/legacy_slots.h - what names in the older layout tell of optimizers and statistics.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "regraft/tensor.h"

namespace regraft::keras {

/// The group of the optimizer's variables.
inline constexpr std::string_view kOptimizerWeights = "optimizer_weights";

/// The slot that is an average of its variable, and no state of the optimizer.
inline constexpr std::string_view kAverages = "model_variables_moving_average";

/// The variable's own part of a name, as versions from 2 on call it: "moving_mean" of
/// "bn/moving_mean", and of "bn/bn_running_mean" of Keras 1.
std::string_view LegacyVariable(std::string_view full_name);

/// Whose slots are which, by their names: "Adam/m/zz/kernel" (2.11 on), "Adam/zz/kernel/m"
/// (before), "adam/zz_kernel_momentum" (Keras 3 in this layout).
class LegacySlots {
 public:
  /// A variable of the model by its name, and where it is: the path of its dataset. A name that
  /// several have tells nothing.
  void AddVariable(const std::string& name, const std::string& path);

  struct Slot {
    std::string slot;
    std::string name;  ///< The variable's,
    std::string path;  ///< and its dataset's.
  };
  /// Nothing if the name tells no variable that is there.
  std::optional<Slot> Of(std::string_view full_name) const;

  /// True for the number of steps.
  static bool IsStep(std::string_view full_name, const TensorSpec& spec);

 private:
  struct Variable {
    std::string name, path;
    bool several = false;
  };
  using Variables = std::map<std::string, Variable, std::less<>>;

  static void Add(const std::string& called, const std::string& name, const std::string& path,
                  Variables& to);
  static const Variable* Find(const Variables& in, std::string_view called);

  Variables by_name_, by_flat_name_;
};

}  // namespace regraft::keras
