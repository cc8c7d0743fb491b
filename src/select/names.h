// select/names.h - finding entries by whatever a person calls them.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/identity.h"
#include "regraft/names.h"

namespace regraft::select {

/// The path with one leading '_' of each part left out.
std::string WithoutPrivate(std::string_view path);

/// Every spelling by which a person may call `target`, without duplicates.
std::vector<std::string> SpellingsOf(const Target& target);

/// The paths that patterns and scopes look at: those that are names. If there is none, the places
/// where bookkeeping has it, but none below an optimizer that only lists it
/// (object_graph/keras.h).
std::vector<std::string> PathsForPatterns(std::span<const std::string> paths);

/// The spellings that patterns look at: those of SpellingsOf() that PathsForPatterns() leaves, and
/// for a slot of the older optimizers, which has no path, the one below its optimizer:
/// "optimizer/m/model/a/kernel".
std::vector<std::string> NamesForPatterns(const Target& target);
std::vector<std::string> NamesForPatterns(const Entry& entry);

/// All names of a catalog's entries. Borrows the catalog. They are gathered when something is
/// asked for that is no key, so that nobody pays who names nothing. Threads: as a value.
class NameIndex {
 public:
  explicit NameIndex(const Catalog& catalog) : catalog_(catalog) {}

  struct Hit {
    std::size_t entry;
    Spelling spelling;
    bool operator==(const Hit&) const = default;
  };
  /// Every entry that bears `name`: the one with exactly this key if there is one, else all
  /// that have it as another spelling, in entry order, each once.
  std::vector<Hit> Find(std::string_view name) const;

  const Catalog& catalog() const { return catalog_; }

 private:
  using Hits = std::unordered_map<std::string_view, std::vector<Hit>>;

  const Hits& hits() const;
  void Gather() const;
  void Add(std::string_view name, std::size_t entry, Spelling spelling) const;

  const Catalog& catalog_;
  mutable std::once_flag gathered_;
  mutable std::deque<std::string> plain_;  // Paths without private spellings; does not move them.
  mutable Hits hits_;                      // All but keys.
};

/// Entries named as a list for a person: "key (full name)".
std::string DisplayName(const Entry& entry);

}  // namespace regraft::select
