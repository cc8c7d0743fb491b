// regraft/rules.h - which targets take part, and where each gets its value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/identity.h"
#include "regraft/selection.h"

namespace regraft {

/// "this name in the checkpoint goes into that target". If both end in '/', every target
/// below `to` takes the name below `from` with the same rest; "/" is the root.
/// A pair beats a scope, a longer scope beats a shorter one.
struct MapRule {
  std::string from;
  std::string to;
  bool operator==(const MapRule&) const = default;
  auto operator<=>(const MapRule&) const = default;
};
/// Reads "from=>to". Errors: kInvalidArgument "select/bad-map".
Result<MapRule> ParseMapRule(std::string_view text);
/// Reads a map file: JSON object or TOML of `"from" = "to"` or `"from" = ["to", …]`, at the
/// top level or below a table named `map`. Errors: kInvalidArgument "select/bad-map-file".
Result<std::vector<MapRule>> ParseMapFile(std::string_view text);

/// A name is rewritten by RE2: each match of `pattern` becomes `replacement`, in which "\\1"
/// stands for the first group.
struct RegexRule {
  std::string pattern;
  std::string replacement;
  bool operator==(const RegexRule&) const = default;
};
/// Reads "s/old/new/" with any delimiter, or "old=>new".
/// Errors: kInvalidArgument "select/bad-regex-rule".
Result<RegexRule> ParseRegexRule(std::string_view text);

enum class OnMissing {
  kError,
  kKeep,  ///< The target keeps its value, and the report says so.
};
enum class OnShape {
  kError,
  kSkip,     ///< The target keeps its value.
  kSlice,    ///< A larger source: its leading corner.
  kPad,      ///< A smaller source: fills the leading corner, zeros elsewhere.
  kPadKeep,  ///< A smaller source: fills the leading corner, the rest keeps its value.
};
enum class OnDtype {
  kError,
  kCast,  ///< CastElements(): nearest even; a loss of integers fails the restore.
  kSkip,
};

/// Which targets take part, and where they get their values. A plain value; the default
/// selects every target and tolerates nothing.
struct Rules {
  Selection select = {};  ///< Which targets take part.
  std::vector<MapRule> map = {};
  /// Targets, by Target::name, that keep their values whatever else is said. A rule that
  /// matches one has matched something: how a model's optimizer stays out of what is
  /// restored for the model's weights.
  std::vector<std::string> leave = {};
  std::vector<std::string> require = {};  ///< Globs: every target below them must be restored.
  Identity identity = Identity::kSure;    ///< What names alone may decide (docs/names.md).
  OnMissing missing = OnMissing::kError;
  OnShape on_shape = OnShape::kError;
  OnDtype on_dtype = OnDtype::kError;
  bool allow_unused_rules = false;  ///< A rule that matches nothing is then only reported.

  bool operator==(const Rules&) const = default;
};

/// Parses "error", "keep"; "error", "skip", "slice", "pad", "pad=keep"; "error", "cast",
/// "skip". Nothing if the text is none of them.
std::optional<OnMissing> ParseOnMissing(std::string_view text);
std::optional<OnShape> ParseOnShape(std::string_view text);
std::optional<OnDtype> ParseOnDtype(std::string_view text);

}  // namespace regraft
