// edit/choose.h - which entries of the sources go into a copy.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/owners.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/setting.h"

namespace regraft::edit {

/// One source's entries.
struct Choice {
  std::vector<bool> kept;
  std::vector<std::vector<Setting>> rules;  ///< Why it is kept or not; or none.
  std::vector<std::ptrdiff_t> variables;    ///< See SlotVariables(); all -1 if slots do not follow.
  std::vector<std::size_t> value;  ///< Of each entry that whose value is stored, mostly its own.
  std::vector<classify::Owner> objects;  ///< Of the object graph; without one, no object.
};

struct Choices {
  std::vector<Choice> sources;
  std::vector<PlannedRule> rules;  ///< Counts are those of all sources together.
  std::vector<std::string> notes;
};

/// True if one of the rules is a pattern of what stays out.
bool Excludes(std::span<const Setting> rules);

/// Errors: kInvalidArgument, see Select().
Result<Choices> Choose(std::span<const EditSource> sources, const CopyRules& rules);

/// True if `name` is below `scope` ("a/"; empty: everything is).
bool Below(std::string_view name, std::string_view scope);
/// True if the entry is below it by one of its paths; without any, by its key.
bool Below(const Entry& entry, std::string_view scope);

}  // namespace regraft::edit
