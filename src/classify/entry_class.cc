#include <array>
#include <utility>

#include "classify/classify.h"
#include "regraft/catalog.h"
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

std::string classify::Sentence(std::initializer_list<std::string_view> parts) {
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

std::string_view classify::KindNameOf(std::string_view format, bool has_graph) {
  if (format != "tf-v2") return format;
  return has_graph ? "tf2-object" : "tf1-name";
}

std::string_view KindName(const Catalog& catalog) {
  return classify::KindNameOf(catalog.format, catalog.has_graph);
}

}  // namespace regraft
