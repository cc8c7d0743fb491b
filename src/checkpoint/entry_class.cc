#include <array>
#include <utility>

#include "regraft/checkpoint.h"

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

std::string_view KindName(const Catalog& catalog) {
  if (catalog.format != "tf-v2") return catalog.format;
  return catalog.kind == CheckpointKind::kTf2Object ? "tf2-object" : "tf1-name";
}

}  // namespace regraft
