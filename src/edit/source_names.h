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
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/error.h"
#include "regraft/setting.h"
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
  /// In a file of names: the new name of an entry, which goes with its variable if it is a slot.
  std::optional<std::string> OfEntry(std::size_t entry) const;
  /// The path of a slot of the object graph that a rule takes from its optimizer; nothing if it
  /// goes with its variable.
  std::optional<std::string> OfSlot(std::size_t entry) const;
  /// The new path of an object. One that is a value itself, a table or the place in a
  /// dataset, is moved by the scope that begins at it, too: what is called
  /// "it/.ATTRIBUTES/ITERATOR_STATE" is below "it/".
  std::optional<std::string> OfObject(const std::string& path) const;

  const select::Renamer& renamer() const { return renamer_; }

  /// What gives an entry of the source its new name; or none.
  std::vector<Setting> RulesOf(std::size_t entry) const;

  /// One line a rule, as the user gave it: how many names of the source it decides.
  std::vector<PlannedRule> Rows() const;

 private:
  SourceNames(const EditSource& source, select::Renamer renamer)
      : source_(&source), renamer_(std::move(renamer)) {}
  bool IsScope(std::string_view path) const;
  select::Renamable Below(std::string_view name, std::string_view variable) const;
  select::Renamable SlotName(std::size_t entry) const;
  std::vector<select::Renamable> NamesOf(std::size_t entry) const;
  Setting AsGiven(Setting rule) const;

  const EditSource* source_;
  select::Renamer renamer_;
  std::map<Setting, Setting> given_;         // By the rule that renamer_ has.
  std::set<std::string, std::less<>> from_;  // Of the map.
  std::string strip_;
  // For each entry the paths of the object that has it, if they are not its own; whether it is a
  // slot of the object graph, to which no path leads; and in a file of names its variable, or -1.
  std::vector<std::vector<std::string>> objects_;
  std::vector<bool> slots_;
  std::vector<std::ptrdiff_t> variables_;
  std::set<std::string, std::less<>> all_objects_;
};

}  // namespace regraft::edit
