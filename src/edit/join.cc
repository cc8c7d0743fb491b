// Several sources as one catalog.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "classify/entry_names.h"
#include "classify/owners.h"
#include "digest/sha256.h"
#include "edit/choose.h"
#include "regraft/catalog.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/graft.h"
#include "regraft/key.h"

namespace regraft {
namespace {

// The name below the source's place; nothing if it is not below the scope that is taken.
std::optional<std::string> Moved(std::string_view name, const EditSource& source) {
  if (!edit::Below(name, source.from)) return std::nullopt;
  return source.to + std::string(name.substr(source.from.size()));
}

// The same for the kinds of a path's parts: those in front were chosen by a person.
std::vector<PartKind> Moved(const std::vector<PartKind>& kinds, const EditSource& source) {
  const auto parts = [](std::string_view scope) { return std::ranges::count(scope, '/'); };
  std::vector<PartKind> out(static_cast<std::size_t>(parts(source.to)), PartKind::kGiven);
  out.insert(out.end(), kinds.begin() + parts(source.from), kinds.end());
  return out;
}

std::optional<Entry> Moved(const Entry& entry, const EditSource& source) {
  Entry out = entry;
  out.paths.clear();
  out.path_kinds.clear();
  for (std::size_t i = 0; i < entry.paths.size(); ++i) {
    auto moved = Moved(entry.paths[i], source);
    if (!moved) continue;
    out.paths.push_back(*std::move(moved));
    if (i < entry.path_kinds.size()) out.path_kinds.push_back(Moved(entry.path_kinds[i], source));
  }
  auto key = Moved(entry.key, source);
  if (!key && out.paths.empty()) return std::nullopt;
  if (key) {
    out.key = *std::move(key);
  } else {
    // Keras 3 may store a variable of the model under its optimizer's key.
    out.key = ValueKey(out.paths[0]);
  }
  out.optimizer = Moved(entry.optimizer, source).value_or(source.to + entry.optimizer);
  // A name of its own is no name of a part: two parts may both have a "dense/kernel".
  if (!out.full_name.empty()) out.full_name = source.to + out.full_name;
  return out;
}

tl::unexpected<Error> Collision(const std::string& key, const std::string& a,
                                const std::string& b) {
  return Fail(
      Error(ErrorCode::kUnmet, "edit/collision", fmt::format("two sources have the name '{}'", key))
          .With("one", a)
          .With("other", b)
          .Hint("put each below a scope of its own: a=A b=B"));
}

}  // namespace

Result<JoinedSources> JoinedSources::Make(std::span<const EditSource> sources) {
  JoinedSources out;
  if (sources.size() == 1 && sources[0].from.empty() && sources[0].to.empty()) {
    out.catalog_ = sources[0].reader->catalog();
    for (const Entry& entry : sources[0].reader->entries()) {
      out.places_.push_back({sources[0].reader, &entry});
    }
    return out;
  }
  std::vector<std::pair<Entry, Place>> all;
  digest::Sha256 digest;
  const auto add = [&](std::string_view text) {
    digest.Update(std::as_bytes(std::span(text)));
    digest.Update(std::as_bytes(std::span("\0", 1)));
  };
  for (const EditSource& source : sources) {
    const Catalog& catalog = source.reader->catalog();
    add(catalog.fingerprint);
    add(source.from);
    add(source.to);
    out.catalog_.prefix += (out.catalog_.prefix.empty() ? "" : " + ") + catalog.prefix;
    if (catalog.has_graph) out.catalog_.has_graph = true;
    if (catalog.has_objects) out.catalog_.has_objects = true;
    const std::size_t first = all.size();
    std::unordered_map<std::string_view, std::string> keys;  // New ones by old ones.
    if (catalog.graph_error && !out.catalog_.graph_error) {
      out.catalog_.graph_error = catalog.graph_error;
    }
    for (const Entry& entry : catalog.entries) {
      if (entry.key == classify::kObjectGraphKey) continue;
      auto moved = Moved(entry, source);
      if (!moved) continue;
      keys.emplace(entry.key, moved->key);
      all.push_back({*std::move(moved), {source.reader, &entry}});
    }
    for (std::size_t i = first; i < all.size(); ++i) {
      std::string& variable = all[i].first.slot_of;
      if (const auto found = keys.find(variable); found != keys.end()) variable = found->second;
    }
    for (const std::string& hollow : catalog.hollow)
      out.catalog_.hollow.push_back(source.to + hollow);
  }
  out.catalog_.fingerprint = digest.Hex();
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first.key < b.first.key; });
  for (auto& [entry, place] : all) {
    if (!out.catalog_.entries.empty() && out.catalog_.entries.back().key == entry.key) {
      return Collision(entry.key, out.places_.back().reader->prefix(), place.reader->prefix());
    }
    out.catalog_.entries.push_back(std::move(entry));
    out.places_.push_back(place);
  }
  classify::NameEntries(out.catalog_.entries);
  return out;
}

JoinedSources::Place JoinedSources::Find(std::string_view key) const {
  const auto found =
      std::lower_bound(catalog_.entries.begin(), catalog_.entries.end(), key,
                       [](const Entry& entry, std::string_view k) { return entry.key < k; });
  if (found == catalog_.entries.end() || found->key != key) return {};
  return places_[static_cast<std::size_t>(found - catalog_.entries.begin())];
}

}  // namespace regraft
