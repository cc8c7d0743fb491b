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

#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "regraft/setting.h"

namespace re2 {
class RE2;
}

namespace regraft::select {

/// A name that may be rewritten.
struct Renamable {
  std::string name = {};
  /// For a slot or an average the variable that it belongs to, whose name its own continues;
  /// else empty.
  std::string variable = {};
  /// True if it has no name of its own but that.
  bool bound = false;
};

/// Renames. Rules do not see each other's results, so that two names can be swapped: the
/// first kind of rule that fits a name decides.
///  1. the pair of the map that is exactly the name;
///  2. the longest scope of the map that the name is below ("old/" => "new/"; "/" is the root);
///  3. the first regular expression that changes the name, everywhere in it.
/// `strip_prefix`, whole components ("model" is "model/"), is taken away before, and
/// `add_prefix` put in front after that. A map may give the name with or without the prefix
/// that is taken away.
///
/// A slot is called as its variable, with an ending ("dense/kernel/Adam"), and is renamed with it,
/// unless a rule speaks of the slot and not of the variable: a pair of the map, a scope that the
/// variable is not below, an expression that changes the ending.
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

  std::string operator()(const Renamable& name) const;

  /// True if a rule speaks of the slot itself.
  bool SpeaksOf(const Renamable& slot) const;

  /// The map rule or the regular expression that decides the name, as typed; both if a slot has
  /// its variable's new name and another ending; or none.
  std::vector<Setting> RulesOf(const Renamable& name) const;

  /// One line a rule: how many of the names it matches and how many it changes, with a problem
  /// and advice for one that changes none. A rule that keeps a name from another rule
  /// changes it.
  std::vector<PlannedRule> Rows(std::span<const Renamable> names) const;

 private:
  struct Regex {
    RegexRule rule;
    std::unique_ptr<re2::RE2> compiled;
  };
  // What happens to a name.
  struct Decision {
    std::string bare;  // Without the prefix that is taken away.
    std::string text;  // The new name without the one that is put in front.
    bool stripped = false;
    std::optional<std::size_t> map, regex;  // The rule that decided.
    std::optional<std::size_t> ending;      // The expression that changed a slot's ending.
    bool own = false;                       // A rule spoke of the slot itself.
  };

  Renamer();
  // `without` is a rule of the map that does not count.
  Decision Decide(std::string_view name, std::optional<std::size_t> without = {}) const;
  Decision Decide(const Renamable& name) const;
  std::string WithPrefix(const Decision& decision) const;
  std::string Rewritten(std::size_t regex, const std::string& name) const;
  bool Changes(const Renamable& name, const Decision& decision) const;
  std::optional<std::size_t> FindScope(std::string_view name, std::size_t& length,
                                       std::optional<std::size_t> without) const;
  std::string MapAdvice(const MapRule& rule, std::span<const std::string> names) const;
  std::string RegexAdvice(const Regex& regex, std::span<const std::string> names) const;
  std::string StripAdvice(std::span<const std::string> names) const;

  std::vector<MapRule> map_;
  std::unordered_map<std::string, std::size_t> pairs_, scopes_;
  std::vector<Regex> regex_;
  std::string strip_, add_;  // With a '/' at the end, or empty.
};

}  // namespace regraft::select
