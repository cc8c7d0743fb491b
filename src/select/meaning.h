// select/meaning.h - whom a pattern or a name means among all who are called so.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "regraft/entry.h"
#include "regraft/identity.h"
#include "regraft/tensor.h"
#include "select/pattern.h"

namespace regraft::select {

/// A variable's own name that a framework gave it by counting, wholly or in part.
struct AutomaticName {
  std::string name;
  std::vector<std::string> parts;  ///< Those that were counted: "dense_1".
};

/// What selection looks at: a target's names, and its source's.
struct Subject {
  std::vector<std::string> spellings;    ///< All but automatic ones, for texts that are no globs.
  std::vector<std::string> names;        ///< Those of them that patterns look at.
  std::vector<AutomaticName> automatic;  ///< For both.
  std::vector<std::string> keys;         ///< Spellings that are nobody else's: names and keys.
  TensorSpec spec;                       ///< The source's if it has one, else the target's.
  EntryClass cls = EntryClass::kWeights;
};

/// The names of a target and of its source, if it has one.
Subject SubjectOf(const Target& target, const Entry* entry);

/// The text of a rule, read among its subjects:
/// - a text without special characters that is exactly the key of a subject means that one alone;
/// - an automatic name counts unless its automatic part is what a person called a part of
///   another subject that the text means: "dense" is then that one.
class Meaning {
 public:
  /// Without a pattern the text is a name.
  Meaning(std::string text, std::optional<Pattern> pattern);

  /// Call before Matches(). Cost: linear in all names.
  void Among(std::span<const Subject> subjects);
  bool Matches(const Subject& subject) const;

  const std::string& text() const { return text_; }

 private:
  bool MatchesChosen(const Subject& subject) const;

  std::string text_;
  std::optional<Pattern> pattern_;
  bool is_key_ = false;
  std::set<std::string> chosen_parts_;  // Of the subjects that the text means by a chosen name.
};

}  // namespace regraft::select
