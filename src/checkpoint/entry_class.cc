#include <array>
#include <utility>

#include "checkpoint/classify.h"
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

std::string checkpoint::Sentence(std::initializer_list<std::string_view> parts) {
  std::size_t length = 0;
  for (const std::string_view part : parts) length += part.size();
  std::string text;
  text.reserve(length);
  for (const std::string_view part : parts) text += part;
  return text;
}

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
