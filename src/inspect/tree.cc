#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/inspect.h"
#include "select/fold.h"

namespace regraft {
namespace {

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

// What is at a node and below it as text, equal for equal ones. Lengths keep two different
// ones from looking alike.
void Describe(const TreeNode& node, std::string& out) {
  for (const Entry* entry : node.entries) {
    out += fmt::format("{}{}{};", entry->spec.ToString(), ClassName(entry->cls), entry->bytes);
  }
  for (const auto& [name, child] : node.children) {
    out += fmt::format("({}:{}", name.size(), name);
    Describe(child, out);
    out += ')';
  }
}

// The name with each number as one '#', behind which nothing else of a name can hide.
std::string WithoutNumbers(std::string_view name) {
  std::string out;
  bool in_number = false;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) out += c == '#' ? std::string("##") : std::string(1, c);
    if (digit && !in_number) out += "#0";
    in_number = digit;
  }
  return out;
}

}  // namespace

std::vector<TreeRow> RowsOf(const TreeNode& node, bool fold) {
  std::vector<TreeRow> rows;
  using Child = std::pair<const std::string, TreeNode>;
  std::map<std::pair<std::string, std::string>, std::vector<const Child*>> alike;
  for (const auto& child : node.children) {
    const std::string pattern = WithoutNumbers(child.first);
    if (!fold || child.second.children.empty() || pattern == child.first) {
      rows.push_back({child.first, {&child.second}});
      continue;
    }
    std::string below;
    Describe(child.second, below);
    alike[{pattern, std::move(below)}].push_back(&child);
  }
  for (const auto& [key, children] : alike) {
    std::vector<std::string> names;
    for (const auto* child : children) names.push_back(child->first);
    for (const select::Folded& folded : select::Fold(names)) {
      TreeRow row{folded.glob, {}};
      if (folded.members.size() == 1) row.name = names[folded.members[0]];
      for (const std::size_t member : folded.members)
        row.nodes.push_back(&children[member]->second);
      rows.push_back(std::move(row));
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const TreeRow& a, const TreeRow& b) { return NaturalLess(a.name, b.name); });
  return rows;
}

TreeNode MakeTree(std::span<const Entry* const> entries) {
  TreeNode root;
  for (const Entry* entry : entries) {
    TreeNode* node = &root;
    Count(*node, *entry);
    for (const std::string_view part : Parts(entry->name)) {
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
