// select/rename.h - the new names of a copy, as pure text.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regraft/plan.h"
#include "regraft/select.h"

namespace re2 {
class RE2;
}

namespace regraft::select {

/// Renames. Rules do not see each other's results, so that two names can be swapped: the
/// first kind of rule that fits a name decides.
///  1. the pair of the map that is exactly the name;
///  2. the longest scope of the map that the name is below ("old/" => "new/"; "/" is the root);
///  3. the first regular expression that changes the name, everywhere in it.
/// `strip_prefix`, whole components ("model" is "model/"), is taken away before, and
/// `add_prefix` put in front after that. A map may give the name with or without the prefix
/// that is taken away.
/// Threads: const members are safe.
class Renamer {
 public:
  /// Errors: kInvalidArgument "select/bad-map" (a scope and a single name mixed, or two new
  ///         names for one), "select/bad-regex-rule".
  static Result<Renamer> Make(std::span<const MapRule> map, std::span<const RegexRule> regex,
                              std::string strip_prefix, std::string add_prefix);
  Renamer(Renamer&&) noexcept;
  Renamer& operator=(Renamer&&) noexcept;
  ~Renamer();

  /// The new name. It is empty if the prefix that is taken away was all of it.
  std::string operator()(std::string_view name) const;

  /// The map rule or the regular expression that decides the name, as typed; or empty.
  std::string RuleOf(std::string_view name) const;

  /// One line a rule: which of the names it decides, with a problem and advice for one
  /// that decides none.
  std::vector<PlannedRule> Rows(std::span<const std::string> names) const;

 private:
  struct Regex {
    RegexRule rule;
    std::unique_ptr<re2::RE2> compiled;
  };
  // What happens to a name.
  struct Decision {
    std::string name;
    bool stripped = false;
    std::optional<std::size_t> map, regex;  // The rule that decided.
  };

  Renamer();
  Decision Decide(std::string_view name) const;
  std::optional<std::size_t> FindScope(std::string_view name, std::size_t& length) const;
  std::string MapAdvice(const MapRule& rule, std::span<const std::string> names) const;
  std::string RegexAdvice(const Regex& regex, std::span<const std::string> names) const;
  std::string StripAdvice(std::span<const std::string> names) const;

  std::vector<MapRule> map_;
  std::unordered_map<std::string, std::size_t> pairs_, scopes_;
  std::vector<Regex> regex_;
  std::string strip_, add_;  // With a '/' at the end, or empty.
};

}  // namespace regraft::select
