// find/elsewhere.h - paths that a shell or a storage service would understand.
#pragma once

#include <optional>
#include <string>

#include "regraft/error.h"

namespace regraft::find {

/// The plain path that "file:///a/b" or "file://localhost/a/b" means; nothing for any other.
std::optional<std::string> PathOfFileUrl(const std::string& path);

/// The path that a shell makes of "~/a" or "~user/a"; nothing for any other, if there is no
/// such user, or if nobody knows the folder.
std::optional<std::string> PathInHome(const std::string& path);

/// Where "gs://…", "s3://…", "https://…" and the like are, and how to fetch it from there; nothing
/// for a path of this machine. Also for "gs:/…", which is what Python's pathlib makes of it.
/// kUnsupported "checkpoint/remote".
std::optional<Error> RemoteError(const std::string& path);

}  // namespace regraft::find
