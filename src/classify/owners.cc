#include "classify/owners.h"

#include <cstddef>
#include <string>

#include "regraft/key.h"

namespace regraft::classify {
namespace {

// A table's attribute is stored as two tensors, with keys that continue its own:
// ".ATTRIBUTES/table" is "table-keys" and "table-values", ITERATOR is ITERATOR_STATE.
Owner OwnerOfPart(const ObjectGraph& graph, std::string_view key) {
  const auto parts = ParseKey(key);
  if (!parts) return {};
  const std::size_t name = key.size() - parts->attribute.size();
  std::string_view rest = key;
  for (int tries = 0; tries < 4 && rest.size() > name; ++tries) {
    const std::size_t cut = rest.find_last_of("-_");
    rest = rest.substr(0, cut == std::string_view::npos || cut < name ? name : cut);
    const ObjectGraph::Place place = graph.FindKey(rest);
    if (place.node >= 0) return {place.node, &graph.At(place), place, true};
  }
  return {};
}

}  // namespace

std::vector<Owner> OwnersOf(const ObjectGraph& graph, std::span<const Entry> entries) {
  std::vector<Owner> owners(entries.size());
  auto place = graph.by_key().begin();
  const auto end = graph.by_key().end();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& key = entries[i].key;
    while (place != end && graph.At(*place).checkpoint_key < key) ++place;
    if (place != end && graph.At(*place).checkpoint_key == key) {
      owners[i] = {place->node, &graph.At(*place), *place, false};
    } else if (key != kObjectGraphKey) {
      owners[i] = OwnerOfPart(graph, key);
    }
  }
  return owners;
}

}  // namespace regraft::classify
