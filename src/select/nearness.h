// select/nearness.h - which entry a person may have meant for a target.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "regraft/plan.h"

namespace regraft::select {

/// An entry that resembles a target, by one name of each.
struct Near {
  std::size_t entry = 0;
  std::string_view target_name;
  std::string_view source_name;
  double score = 0;
};

/// Looks for entries that resemble targets: by parts of the path, by suffix, by shape and
/// type. Borrows the catalog. Cost: building is linear; a look-up sees a bounded number of
/// entries however many there are.
class Nearness {
 public:
  /// Only entries with `available[i]` are offered.
  Nearness(const Catalog& catalog, std::vector<bool> available);

  /// Entries near the target, best first; the views borrow target and catalog.
  std::vector<Near> For(const Target& target) const;

  /// What a plan says of it.
  Candidate Describe(const Target& target, const Near& near) const;

 private:
  struct Name {
    std::size_t entry;
    std::string_view text;
  };
  using Lookup = std::unordered_map<std::string, std::vector<std::size_t>>;
  void Add(std::size_t entry, std::string_view text);

  const Catalog& catalog_;
  std::vector<Name> names_;
  Lookup by_suffix_, by_wildcard_, by_spec_;
};

/// Parts that two paths have in common at the front, and at the end of what is left.
struct CommonParts {
  std::size_t front = 0;
  std::size_t back = 0;
  std::size_t parts = 0;  ///< Of the longer path.
};
CommonParts ComparePaths(std::string_view a, std::string_view b);

}  // namespace regraft::select
