#include <array>
#include <utility>

#include "regraft/entry.h"

namespace regraft {
namespace {

constexpr std::array<std::pair<EntryClass, std::string_view>, 6> kNames = {{
    {EntryClass::kWeights, "@weights"},
    {EntryClass::kOptimizer, "@optimizer"},
    {EntryClass::kStep, "@step"},
    {EntryClass::kEma, "@ema"},
    {EntryClass::kBnStats, "@bn-stats"},
    {EntryClass::kMeta, "@meta"},
}};

}  // namespace

std::string_view ClassName(EntryClass cls) {
  for (const auto& [value, name] : kNames) {
    if (value == cls) return name;
  }
  return "";
}

std::optional<EntryClass> ParseClass(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

}  // namespace regraft
