// find/latest.h - the newest whole checkpoint of a folder, a state file or a stem.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"
#include "archive/format.h"
#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::find {

struct FoundLatest {
  std::string prefix;
  std::unique_ptr<const archive::Archive> archive;  ///< Opened.
  const archive::Format* format = nullptr;
  std::string why;         ///< How it was chosen, for "using prefix ... (why)".
  bool as_stated = false;  ///< It is what the state file names first, where it names it.
};

/// The newest whole checkpoint that a state file names, of either version, or else of the file's
/// folder. Errors: kNotFound "checkpoint/not-found" and "checkpoint/incomplete" with every near
/// miss,
///         kIo "checkpoint/refused" if the system lets none be read.
Result<FoundLatest> LatestByStateFile(const io::Files& files, const std::string& path);

/// The same with the folder's file "checkpoint", if there is one.
Result<FoundLatest> LatestInFolder(const io::Files& files, const std::string& folder);

/// The newest whole one of "<stem>-<number>".
Result<FoundLatest> LatestOfStem(const io::Files& files, const std::string& stem);

/// True if the file is text of a state file that names a checkpoint.
bool IsStateFile(const io::Files& files, const std::string& path);

}  // namespace regraft::find
