// edit/source_names.h - the new names of one source.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "edit/choose.h"
#include "regraft/edit.h"
#include "select/rename.h"

namespace regraft::edit {

/// Borrows the source.
class SourceNames {
 public:
  /// Errors: those of select::Renamer::Make().
  static Result<SourceNames> Make(const EditSource& source, const Choice& choice,
                                  const CopyRules& rules);

  /// The new name of a value, and of an object if it ends in '/'. Nothing for a name that is
  /// not below the source's scope.
  std::optional<std::string> operator()(std::string_view name) const;
  /// The new path of an object. One that is a value itself, a table or the place in a
  /// dataset, is moved by the scope that begins at it, too: what is called
  /// "it/.ATTRIBUTES/ITERATOR_STATE" is below "it/".
  std::optional<std::string> OfObject(const std::string& path) const;

  const select::Renamer& renamer() const { return renamer_; }

  /// The rule that gives an entry of the source its new name, as typed; or empty.
  std::string RuleOf(std::size_t entry) const;

  /// One line a rule, as the user typed it: how many names of the source it decides.
  std::vector<PlannedRule> Rows() const;

 private:
  SourceNames(const EditSource& source, select::Renamer renamer)
      : source_(&source), renamer_(std::move(renamer)) {}
  bool IsScope(std::string_view path) const;
  std::vector<std::string> NamesOf(std::size_t entry) const;
  std::string AsTyped(std::string rule) const;

  const EditSource* source_;
  select::Renamer renamer_;
  std::map<std::string, std::string> typed_;  // By the text of the rule that renamer_ has.
  std::set<std::string, std::less<>> from_;   // Of the map.
  std::string strip_;
  // For each entry the paths of the object that has it, if they are not its own; and whether
  // it is a slot, which goes with its variable and never by a name of its own.
  std::vector<std::vector<std::string>> objects_;
  std::vector<bool> slots_;
  std::set<std::string, std::less<>> all_objects_;
};

}  // namespace regraft::edit
