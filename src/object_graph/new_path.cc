#include "object_graph/new_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace regraft::object_graph {
namespace {

// Takes `edge` from the front of what is left of a path; false if something else is there.
bool TakeFront(std::string_view edge, std::optional<std::string_view>& rest) {
  if (!rest || !rest->starts_with(edge)) return false;
  if (rest->size() == edge.size()) {
    rest.reset();
    return true;
  }
  if ((*rest)[edge.size()] != '/') return false;
  rest->remove_prefix(edge.size() + 1);
  return true;
}

bool TakeBack(std::string_view edge, std::optional<std::string_view>& rest) {
  if (!rest || !rest->ends_with(edge)) return false;
  if (rest->size() == edge.size()) {
    rest.reset();
    return true;
  }
  if ((*rest)[rest->size() - edge.size() - 1] != '/') return false;
  rest->remove_suffix(edge.size() + 1);
  return true;
}

}  // namespace

Result<NewPath> ReadNewPath(std::span<const std::string_view> old, std::string_view text) {
  NewPath path;
  std::optional<std::string_view> rest = text;
  while (path.front < old.size() && TakeFront(old[path.front], rest)) {
    path.edges.emplace_back(old[path.front++]);
  }
  while (path.front + path.back < old.size() && TakeBack(old[old.size() - 1 - path.back], rest)) {
    ++path.back;
  }
  if (rest && !text.empty()) {
    for (const std::string_view component : Split(*rest, '/')) {
      if (component.empty()) {
        return Fail(Error(ErrorCode::kInvalidArgument, "object-graph/bad-path",
                          fmt::format("the new path '{}' has an empty component", text))
                        .Hint("components are separated by one '/', with none at the beginning "
                              "or end"));
      }
      path.edges.emplace_back(component);
    }
  }
  for (std::size_t i = old.size() - path.back; i < old.size(); ++i) path.edges.emplace_back(old[i]);
  return path;
}

}  // namespace regraft::object_graph
