// io/directory.h - names and links of the operating system.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/files.h"

namespace regraft::io {

/// The folder that `path` is in: "." for a bare name, "/" for what is in the root.
std::string FolderOf(std::string_view path);

/// What is at `path`, or nothing; a link itself is of the kind kOther.
std::optional<FileInfo> StatItself(const std::string& path);

}  // namespace regraft::io
