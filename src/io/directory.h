// io/directory.h - what lies in a folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft::io {

enum class FileKind { kFile, kDirectory, kOther };

struct FileInfo {
  FileKind kind = FileKind::kFile;
  std::uint64_t size = 0;              ///< Bytes.
  std::int64_t modified_ns = 0;        ///< Nanoseconds since the epoch.
};

/// The folder that `path` is in: "." for a bare name, "/" for what is in the root.
std::string FolderOf(std::string_view path);

/// What is at `path` (links followed), or nothing if it does not exist or cannot be seen.
std::optional<FileInfo> Stat(const std::string& path);

/// The same, telling absence from a refusal: nothing if there is nothing of this name.
/// Errors: kIo "io/look" if the system does not let it be seen; of the folder on the way that
///         may not be entered, if that is why.
Result<std::optional<FileInfo>> Look(const std::string& path);

/// As Stat() without following a link: that is itself of the kind kOther.
std::optional<FileInfo> StatItself(const std::string& path);

/// Names in a folder, sorted by bytes, without "." and "..".
/// Errors: kNotFound "io/not-found", kIo "io/list".
Result<std::vector<std::string>> ListDirectory(const std::string& path);

}  // namespace regraft::io
