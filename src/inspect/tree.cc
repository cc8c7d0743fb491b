#include <limits>
#include <string_view>

#include "base/text.h"
#include "regraft/inspect.h"

namespace regraft {
namespace {

std::string NameOf(const Entry& entry) {
  // A variable that is the root itself has the path "".
  if (!entry.paths.empty() && !entry.paths[0].empty()) return entry.paths[0];
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  std::string name = entry.key;
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix))
    name.resize(name.size() - kSuffix.size());
  return name;
}

// Deeper names end in one long part: trees are walked by recursion.
constexpr std::size_t kMaxDepth = 100;

std::vector<std::string_view> Parts(std::string_view name) {
  std::vector<std::string_view> parts = Split(name, '/');
  if (parts.size() > kMaxDepth) {
    parts.resize(kMaxDepth);
    parts.back() = name.substr(static_cast<std::size_t>(parts.back().data() - name.data()));
  }
  return parts;
}

// Sizes are claims of the file: sums stay at the largest number instead of running over.
template <typename Int>
void Raise(Int& sum, Int by) {
  sum = sum > std::numeric_limits<Int>::max() - by ? std::numeric_limits<Int>::max() : sum + by;
}

template <typename Sum>
void Count(Sum& sum, const Entry& entry) {
  ++sum.count;
  Raise(sum.elements, entry.spec.shape.num_elements());
  Raise(sum.bytes, entry.bytes);
}

template <typename Key, typename KeyOf>
std::map<Key, Totals> TotalsBy(const Catalog& catalog, KeyOf key_of) {
  std::map<Key, Totals> totals;
  for (const Entry& entry : catalog.entries) Count(totals[key_of(entry)], entry);
  return totals;
}

}  // namespace

TreeNode MakeTree(std::span<const Entry* const> entries) {
  TreeNode root;
  for (const Entry* entry : entries) {
    TreeNode* node = &root;
    Count(*node, *entry);
    const std::string name = NameOf(*entry);
    for (const std::string_view part : Parts(name)) {
      node = &node->children[std::string(part)];
      Count(*node, *entry);
    }
    node->entries.push_back(entry);
  }
  return root;
}

std::map<EntryClass, Totals> TotalsByClass(const Catalog& catalog) {
  return TotalsBy<EntryClass>(catalog, [](const Entry& entry) { return entry.cls; });
}

std::map<std::string, Totals> TotalsByDtype(const Catalog& catalog) {
  return TotalsBy<std::string>(catalog,
                               [](const Entry& entry) { return DTypeName(entry.spec.dtype); });
}

}  // namespace regraft
