#include "formats/keras/legacy_slots.h"

#include <algorithm>
#include <array>

#include "formats/keras/places.h"

namespace regraft::keras {
namespace {

// What is called so in the objects of Keras from 2.11 on.
std::string_view SlotOf(std::string_view optimizer, std::string_view said) {
  if (optimizer == "Adamax" || optimizer == "adamax") {
    return said == "momentum" ? "m" : said == "norm" ? "u" : said;
  }
  if (said == "m") return "momentum";
  if (said == "v") return "velocity";
  if (said == "vhat") return "velocity_hat";
  if (said == "average") return kAverages;
  return said;
}

}  // namespace

std::string_view LegacyVariable(std::string_view full_name) {
  const std::string_view last = LastOf(full_name);
  if (last.ends_with("_running_mean")) return "moving_mean";
  if (last.ends_with("_running_std")) return "moving_variance";
  return last;
}

void LegacySlots::Add(const std::string& called, const std::string& name, const std::string& path,
                      Variables& to) {
  const auto [at, fresh] = to.emplace(called, Variable{name, path});
  if (!fresh) at->second.several = true;
}

void LegacySlots::AddVariable(const std::string& name, const std::string& path) {
  std::string flat = name;
  std::replace(flat.begin(), flat.end(), '/', '_');
  Add(name, name, path, by_name_);
  Add(flat, name, path, by_flat_name_);
}

const LegacySlots::Variable* LegacySlots::Find(const Variables& in, std::string_view called) {
  const auto found = in.find(called);
  return found == in.end() || found->second.several ? nullptr : &found->second;
}

std::optional<LegacySlots::Slot> LegacySlots::Of(std::string_view full_name) const {
  // TensorFlow 1 put what trains a model below a scope of its own.
  constexpr std::string_view kScope = "training/";
  if (full_name.starts_with(kScope)) full_name.remove_prefix(kScope.size());
  const std::size_t slash = full_name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view optimizer = full_name.substr(0, slash);
  const std::string_view rest = full_name.substr(slash + 1);
  if (const std::size_t cut = rest.find('/'); cut != std::string_view::npos) {
    if (const Variable* const found = Find(by_name_, rest.substr(cut + 1))) {
      return Slot{std::string(SlotOf(optimizer, rest.substr(0, cut))), found->name, found->path};
    }
  }
  if (const std::size_t cut = rest.rfind('/'); cut != std::string_view::npos) {
    if (const Variable* const found = Find(by_name_, rest.substr(0, cut))) {
      return Slot{std::string(rest.substr(cut + 1)), found->name, found->path};
    }
  }
  // The longest name of a variable that it begins with.
  for (std::size_t cut = rest.rfind('_'); cut != std::string_view::npos && cut > 0;
       cut = rest.rfind('_', cut - 1)) {
    const Variable* const found = Find(by_flat_name_, rest.substr(0, cut));
    if (found == nullptr) continue;
    return Slot{std::string(SlotOf(optimizer, rest.substr(cut + 1))), found->name, found->path};
  }
  return std::nullopt;
}

bool LegacySlots::IsStep(std::string_view full_name, const TensorSpec& spec) {
  constexpr std::array<std::string_view, 3> kNames = {"iteration", "iterations", "iter"};
  const bool counts = spec.dtype == DType::kInt64 || spec.dtype == DType::kInt32;
  return counts && spec.shape.rank() == 0 &&
         std::find(kNames.begin(), kNames.end(), LastOf(full_name)) != kNames.end();
}

}  // namespace regraft::keras
