// regraft/selection.h - what takes part, as a value, and the entries that it takes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/setting.h"

namespace regraft {

/// Which of many named things take part: targets of a plan, entries of a listing or a copy. A
/// plain value; the default takes everything.
///
/// Patterns are globs: `*` stays inside one path component, `**` crosses '/', `{a,b}`,
/// `{0..11}` and `[0-9]` choose; "@optimizer" and the like name a class. A pattern is tried
/// on every spelling of the target and of its source that is a name: what an optimizer that lists
/// a weight calls it is none (docs/patterns.md). Includes come first, excludes win.
struct Selection {
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};
  std::vector<std::string> include_regex = {};  ///< RE2, found anywhere in a name.
  std::vector<std::string> exclude_regex = {};
  std::vector<EntryClass> classes = {};  ///< Only these classes; empty: all.
  std::string where = {};                ///< "dtype==float32 && numel>1e6"; see docs/patterns.md.
  /// Exactly these (any spelling). Present but empty is an error.
  std::optional<std::vector<std::string>> only = {};

  bool operator==(const Selection&) const = default;
};

/// One rule, and how it was met.
struct PlannedRule {
  Setting rule;
  std::size_t matched = 0;  ///< Targets (or, without targets, entries) that it touched.
  bool problem = false;     ///< It did nothing (or, for require, something is not restored).
  std::string advice;       ///< What is near, or what would match.
  /// Of a rule that gives new names: how many of those get another one by it.
  std::optional<std::size_t> changed = {};

  bool operator==(const PlannedRule&) const = default;
};

/// Whether one entry takes part, and why.
struct SelectedEntry {
  bool taken = false;
  /// The rule that took it or left it out. None if everything is taken, or no include took it.
  Setting rule = {};

  bool operator==(const SelectedEntry&) const = default;
};

/// The answer of a catalog to a selection.
struct Selected {
  std::vector<SelectedEntry> entries;  ///< One for each of Catalog::entries, in their order.
  std::vector<PlannedRule> rules;      ///< Sorted.

  std::size_t taken() const;
  bool operator==(const Selected&) const = default;
};

/// Asks which entries of `source` take part, by their own names.
///
/// Errors: kInvalidArgument "select/bad-pattern", "select/bad-regex", "select/bad-where",
///         "select/empty-list"; kNotFound "select/unused-rule" if a rule matches nothing (unless
///         `allow_unused_rules`) or a name of the list several; kUnmet "select/nothing",
///         "select/hollow" if nothing takes part.
Result<Selected> Select(const Catalog& source, const Selection& selection,
                        bool allow_unused_rules = false);

}  // namespace regraft
