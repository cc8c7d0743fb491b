// select/selection.h - which targets take part.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "regraft/plan.h"
#include "select/meaning.h"
#include "select/where.h"

namespace regraft::select {

/// The compiled includes, excludes, classes, condition and list of some Rules.
class Selection {
 public:
  /// Errors: kInvalidArgument, see MakePlan().
  static Result<Selection> Compile(const Rules& rules);

  /// False if nothing but everything is meant: subjects need not say how they are called.
  bool LooksAtSubjects() const;

  /// Reads every rule as it is meant among the subjects (Meaning). Call before Decide().
  void Among(std::span<const Subject> subjects);

  /// Counts what matches and says whether the subject takes part. `decided_by` is the rule
  /// that left it out or took it (as typed), or "" if none did: everything is taken that way,
  /// or no include took it.
  bool Decide(const Subject& subject, std::string& decided_by);

  /// One line a rule, with a problem for each that matched nothing and advice from what
  /// would have matched. Call after Decide() for every subject.
  std::vector<PlannedRule> Rows(std::span<const Subject> subjects, bool allow_unused) const;

 private:
  struct Rule {
    std::string flag;  // "--include"
    Meaning meaning;
    std::size_t matched = 0;

    std::string Typed() const;
  };
  static const Rule* FirstMatch(std::vector<Rule>& rules, const Subject& subject);
  /// The same for the list, of which only those are looked at that name the subject somehow: it
  /// may be as long as the subjects are many.
  const Rule* FirstListed(const Subject& subject);
  std::vector<std::size_t> Naming(const Subject& subject) const;

  std::vector<Rule> includes_, excludes_, only_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> listed_;  // Of only_, by text.
  bool has_only_ = false;
  std::vector<EntryClass> classes_;
  std::size_t class_matched_ = 0;
  std::string where_text_;
  WherePredicate where_;
  std::size_t where_matched_ = 0;
};

}  // namespace regraft::select
