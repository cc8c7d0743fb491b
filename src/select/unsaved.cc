#include "select/unsaved.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/text.h"
#include "identity/names.h"
#include "object_graph/optimizers.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/part_kind.h"

namespace regraft::select {
namespace {

// What is in front of the first number of a path: "blocks" of "blocks/0/kernel".
std::string FirstList(std::string_view path) {
  const std::vector<std::string_view> parts = Split(path, '/');
  std::size_t length = 0;
  for (const std::string_view part : parts) {
    if (KindOfPathPart(part) == PartKind::kNone) return "";
    if (object_graph::IsElementName(part)) {
      return length == 0 ? "" : std::string(path.substr(0, length - 1));
    }
    length += part.size() + 1;
  }
  return "";
}

}  // namespace

void AddUnsavedLists(const Catalog& source, std::span<PlannedTarget* const> missing,
                     std::vector<std::string>& notes) {
  std::vector<std::string> paths;
  bool keras_3 = false;
  for (const Entry& entry : source.entries) {
    for (const std::string& path : entry.paths) {
      keras_3 = keras_3 || identity::IsOfKeras3(path);
      paths.push_back("/" + path);
    }
  }
  if (!keras_3) return;
  std::map<std::string, bool> unsaved;
  for (const PlannedTarget* planned : missing) {
    if (!planned->target.slot.empty()) continue;  // An optimizer's own lists.
    for (const std::string& path : planned->target.paths) {
      const std::string list = FirstList(path);
      if (list.empty() || unsaved.contains(list)) continue;
      unsaved[list] = std::none_of(paths.begin(), paths.end(), [&](const std::string& saved) {
        return saved.find("/" + list + "/") != std::string::npos;
      });
    }
  }
  std::string lists;
  for (const auto& [list, gone] : unsaved) {
    if (gone) lists += fmt::format("{}'{}'", lists.empty() ? "" : ", ", list);
  }
  if (lists.empty()) return;
  notes.push_back(
      fmt::format("nothing of {} is in the file by name: Keras 3 does not save layers that a model "
                  "keeps in a Python "
                  "list or dict; hold them as attributes or in a tuple, and save again",
                  lists));
}

}  // namespace regraft::select
