// cli/view.h - how the SRC of a verb is seen: layouts, presets and map files.
#pragma once

#include <regraft/checkpoint.h>
#include <regraft/mapped.h>
#include <regraft/rules.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace regraft::cli {

/// The same flags for every verb that reads tensors.
class ViewFlags {
 public:
  /// `renames` says that the verb takes map files of mere pairs of names, too.
  void AddTo(CLI::App& app, bool renames);

  bool any() const;
  /// The checkpoint as it is to be seen. Errors: Viewed()'s; what the map file has.
  Result<CheckpointReader> See(CheckpointReader source) const;
  /// Adds the pairs of a map file that has no rules for tensors.
  Status AddPairs(std::vector<MapRule>& map) const;
  /// What cannot go along with a view: links and receipts speak of files as they are.
  Status Refuse(bool asked, const std::string& flag) const;

 private:
  Result<std::string> Text() const;

  ViewOptions view_;
  std::vector<std::string> layers_, set_;
  std::string map_file_;
  mutable std::optional<Result<std::string>> text_;  // Read once: it may be a pipe.
  bool renames_ = false;
};

}  // namespace regraft::cli
