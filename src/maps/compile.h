// maps/compile.h - a map with its patterns read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "maps/name_pattern.h"
#include "regraft/error.h"
#include "regraft/tensor_map.h"

namespace regraft::maps {

/// "s r = i by 1 2 2 3": a flat index and the two that it is made of.
struct Unravel {
  std::string outer, inner, flat;
  std::vector<std::int64_t> sizes;  ///< Of each outer, how many inner ones there are.
};

/// "s > 0".
struct Condition {
  std::string name;
  std::string op;
  std::int64_t number = 0;
  bool Holds(const Captures& captures) const;
};

struct CompiledRule {
  const TensorRule* rule = nullptr;
  std::vector<NamePattern> from, to;
  std::vector<Condition> where;

  /// True for a capture that is in one of the names.
  static bool Has(const std::vector<NamePattern>& patterns, std::string_view name);
};

struct CompiledMap {
  std::vector<CompiledRule> rules;
  std::vector<Unravel> unravel;
};

/// Reads all patterns, conditions, and ops without captures. The rules point into `map`.
/// Errors: kInvalidArgument "map/bad-rule", "transform/bad-op", naming the rule.
Result<CompiledMap> Compile(const TensorMap& map);

/// The rule as a person would find it in the file: its `from`.
std::string RuleName(const TensorRule& rule);

/// The value of a formula, "16*L+8". Errors: kInvalidArgument "map/bad-rule".
Result<std::int64_t> Evaluate(std::string_view formula,
                              const std::map<std::string, std::int64_t>& values);

}  // namespace regraft::maps
