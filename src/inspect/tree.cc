#include <string_view>

#include "base/text.h"
#include "regraft/inspect.h"

namespace regraft {
namespace {

std::string NameOf(const Entry& entry) {
  if (!entry.paths.empty()) return entry.paths[0];
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string name = entry.key;
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return name;
}

template <typename Key, typename KeyOf>
std::map<Key, Totals> TotalsBy(const Catalog& catalog, KeyOf key_of) {
  std::map<Key, Totals> totals;
  for (const Entry& entry : catalog.entries) {
    Totals& sum = totals[key_of(entry)];
    ++sum.count;
    sum.elements += entry.spec.shape.num_elements();
    sum.bytes += entry.bytes;
  }
  return totals;
}

}  // namespace

TreeNode MakeTree(std::span<const Entry* const> entries) {
  TreeNode root;
  for (const Entry* entry : entries) {
    TreeNode* node = &root;
    const auto count = [&] {
      ++node->count;
      node->elements += entry->spec.shape.num_elements();
      node->bytes += entry->bytes;
    };
    count();
    const std::string name = NameOf(*entry);
    for (const std::string_view part : Split(name, '/')) {
      node = &node->children[std::string(part)];
      count();
    }
    node->entries.push_back(entry);
  }
  return root;
}

std::map<EntryClass, Totals> TotalsByClass(const Catalog& catalog) {
  return TotalsBy<EntryClass>(catalog, [](const Entry& entry) { return entry.cls; });
}

std::map<std::string, Totals> TotalsByDtype(const Catalog& catalog) {
  return TotalsBy<std::string>(catalog, [](const Entry& entry) { return DTypeName(entry.spec.dtype); });
}

}  // namespace regraft
