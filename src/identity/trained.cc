#include "identity/trained.h"

#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "object_graph/optimizers.h"
#include "regraft/catalog.h"

namespace regraft::identity {
namespace {

using List = std::map<std::size_t, std::size_t>;              // A variable by its number.
using Lists = std::map<std::string_view, List, std::less<>>;  // By the optimizer's path.

void Add(std::span<const std::string> paths, std::size_t variable, Lists& lists) {
  constexpr std::string_view kList = "_trainable_variables/";
  for (const std::string_view path : paths) {
    const std::size_t cut = path.rfind(kList);
    if (cut == std::string_view::npos || (cut > 0 && path[cut - 1] != '/')) continue;
    const std::string_view digits = path.substr(cut + kList.size());
    std::size_t number = 0;
    if (!object_graph::IsElementName(digits)) continue;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    lists[path.substr(0, cut)][number] = variable;
  }
}

}  // namespace

std::vector<std::vector<TrainedPair>> PairTrained(const Catalog& source,
                                                  std::span<const Target> targets) {
  Lists here, there;
  for (std::size_t i = 0; i < targets.size(); ++i) Add(targets[i].paths, i, here);
  for (std::size_t i = 0; i < source.entries.size(); ++i) Add(source.entries[i].paths, i, there);
  std::vector<std::vector<TrainedPair>> out;
  for (const auto& [optimizer, list] : here) {
    auto other = there.find(optimizer);
    if (other == there.end() && here.size() == 1 && there.size() == 1) other = there.begin();
    if (other == there.end() || other->second.size() != list.size()) continue;
    std::vector<TrainedPair> pairs;
    for (const auto& [number, target] : list) {
      const auto entry = other->second.find(number);
      if (entry == other->second.end()) break;
      if (targets[target].spec != source.entries[entry->second].spec) break;
      pairs.emplace_back(target, entry->second);
    }
    if (pairs.size() == list.size()) out.push_back(std::move(pairs));
  }
  return out;
}

}  // namespace regraft::identity
