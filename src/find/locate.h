// find/locate.h - from whatever path a person has to a prefix (docs/paths.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/format.h"
#include "regraft/error.h"

namespace regraft::find {

struct Located {
  std::string prefix;  ///< Or the path, of a format that has no prefixes.
  const archive::Format* format = nullptr;
  std::unique_ptr<const archive::Archive> archive;  ///< Opened.
  std::vector<std::string> notes;  ///< How the path was understood, if that needs saying.
  bool is_whole = false;           ///< All its data files were found to be there.
  std::string trouble;             ///< Why it is not whole, if opening it has told.
  bool as_stated = false;          ///< A state file named it, and it lies where that says.
};

/// Errors: kInvalidArgument "checkpoint/no-path"; kNotFound "checkpoint/not-found",
///         "checkpoint/incomplete", "checkpoint/no-index", "checkpoint/meta-alone",
///         "checkpoint/no-variables" with what is near; kUnsupported "checkpoint/foreign" for
///         something else, named, "checkpoint/remote"; kIo for what may not be seen or read,
///         also "checkpoint/refused"; those of opening the archive.
Result<Located> Locate(const io::Files& files, const std::string& where,
                       const archive::OpenOptions& options);

/// The prefix that a data file's name belongs to, or "" ("x.data-00001-of-00002" -> "x").
std::string PrefixOfDataFile(std::string_view path);

}  // namespace regraft::find
