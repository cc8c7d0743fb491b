#include "select/nearness.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sort_unique.h"
#include "base/text.h"
#include "regraft/entry.h"
#include "select/names.h"

namespace regraft::select {
namespace {

// Buckets longer than this say too little to look through.
constexpr std::size_t kBucket = 48;
constexpr std::size_t kMaxSuffixParts = 4;
constexpr std::size_t kMaxWildcardParts = 16;

void Add(std::vector<std::size_t>& bucket, std::size_t item) {
  if (bucket.size() < kBucket) bucket.push_back(item);
}

// The last `count` parts of a path.
std::string_view Suffix(std::string_view path, std::size_t count) {
  std::size_t at = path.size();
  for (std::size_t i = 0; i < count; ++i) {
    at = at == 0 ? std::string_view::npos : path.rfind('/', at - 1);
    if (at == std::string_view::npos) return path;
  }
  return path.substr(at + 1);
}

// The path once for each part, with that part blanked.
template <typename Visit>
void ForEachWildcard(std::string_view path, Visit visit) {
  std::size_t start = 0;
  for (std::size_t part = 0; part < kMaxWildcardParts; ++part) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    visit(fmt::format("{}\x01{}", path.substr(0, start), path.substr(end)));
    if (end == path.size()) return;
    start = end + 1;
  }
}

std::vector<std::string_view> NamesOf(const Target& target) {
  std::vector<std::string_view> names = {target.name};
  if (!target.paths.empty()) names.push_back(target.paths[0]);
  if (!target.full_name.empty()) names.push_back(target.full_name);
  SortUnique(names);
  return names;
}

}  // namespace

CommonParts ComparePaths(std::string_view a, std::string_view b) {
  const std::vector<std::string_view> x = Split(a, '/'), y = Split(b, '/');
  CommonParts out;
  out.parts = std::max(x.size(), y.size());
  const std::size_t least = std::min(x.size(), y.size());
  while (out.front < least && x[out.front] == y[out.front]) ++out.front;
  while (out.back < least - out.front && x[x.size() - 1 - out.back] == y[y.size() - 1 - out.back]) {
    ++out.back;
  }
  return out;
}

Nearness::Nearness(const Catalog& catalog, std::vector<bool> available) : catalog_(catalog) {
  for (std::size_t i = 0; i < catalog.entries.size(); ++i) {
    const Entry& entry = catalog.entries[i];
    if (!available[i] || entry.cls == EntryClass::kMeta) continue;
    const std::string_view primary = entry.name;
    Add(i, primary);
    if (!entry.full_name.empty() && entry.full_name != primary) Add(i, entry.full_name);
    select::Add(by_spec_[entry.spec.ToString()], names_.size() - 1);
  }
}

void Nearness::Add(std::size_t entry, std::string_view text) {
  const std::size_t id = names_.size();
  names_.push_back({entry, text});
  for (std::size_t parts = 1; parts <= kMaxSuffixParts; ++parts) {
    const std::string_view suffix = Suffix(text, parts);
    select::Add(by_suffix_[std::string(suffix)], id);
    if (suffix.size() == text.size()) break;
  }
  ForEachWildcard(text, [&](std::string key) { select::Add(by_wildcard_[std::move(key)], id); });
}

std::vector<Near> Nearness::For(const Target& target) const {
  std::vector<Near> found;
  const auto consider = [&](std::string_view target_name, const Lookup& lookup,
                            const std::string& key) {
    const auto bucket = lookup.find(key);
    if (bucket == lookup.end()) return;
    for (const std::size_t id : bucket->second) {
      const Name& name = names_[id];
      const TensorSpec& spec = catalog_.entries[name.entry].spec;
      const CommonParts common = ComparePaths(target_name, name.text);
      const std::size_t limit = 12;
      const auto distance = static_cast<double>(EditDistance(target_name, name.text, limit));
      const double likeness =
          static_cast<double>(common.front + common.back) / static_cast<double>(common.parts);
      found.push_back({name.entry, target_name, name.text,
                       2.0 * likeness + (spec.shape == target.spec.shape ? 2.0 : 0.0) +
                           (spec.dtype == target.spec.dtype ? 0.5 : 0.0) +
                           (common.back > 0 ? 0.5 : 0.0) + 1.0 - distance / (limit + 1.0)});
    }
  };
  for (const std::string_view name : NamesOf(target)) {
    ForEachWildcard(name, [&](const std::string& key) { consider(name, by_wildcard_, key); });
    for (std::size_t parts = kMaxSuffixParts; parts >= 1; --parts) {
      consider(name, by_suffix_, std::string(Suffix(name, parts)));
    }
    consider(name, by_spec_, target.spec.ToString());
  }
  std::sort(found.begin(), found.end(), [&](const Near& a, const Near& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.source_name != b.source_name) return NaturalLess(a.source_name, b.source_name);
    return std::tie(a.target_name, a.entry) < std::tie(b.target_name, b.entry);
  });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const Near& a, const Near& b) {
                            return a.entry == b.entry && a.source_name == b.source_name &&
                                   a.target_name == b.target_name;
                          }),
              found.end());
  return found;
}

Candidate Nearness::Describe(const Target& target, const Near& near) const {
  const Entry& entry = catalog_.entries[near.entry];
  const CommonParts common = ComparePaths(near.target_name, near.source_name);
  // Several variables may have one name of their own.
  const bool own = near.source_name == entry.full_name &&
                   !std::string_view(entry.name).ends_with(entry.full_name);
  return {.kind = Candidate::Kind::kNear,
          .key = entry.key,
          .name = own ? fmt::format("{} ({})", entry.name, entry.full_name)
                      : std::string(near.source_name),
          .spec = entry.spec,
          .same_shape = entry.spec.shape == target.spec.shape,
          .differing = common.parts - common.front - common.back};
}

}  // namespace regraft::select
