#include "classify/classify.h"
#include "regraft/catalog.h"

namespace regraft {

std::string classify::Sentence(std::initializer_list<std::string_view> parts) {
  std::size_t length = 0;
  for (const std::string_view part : parts) length += part.size();
  std::string text;
  text.reserve(length);
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string_view classify::KindNameOf(std::string_view format, bool has_graph) {
  if (format != "tf-v2") return format;
  return has_graph ? "tf2-object" : "tf1-name";
}

std::string_view KindName(const Catalog& catalog) {
  return classify::KindNameOf(catalog.format, catalog.has_graph);
}

}  // namespace regraft
