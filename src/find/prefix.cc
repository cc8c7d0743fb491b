#include "find/prefix.h"

#include <fmt/format.h>

#include <string_view>

#include "bundle/data_file_name.h"
#include "find/elsewhere.h"
#include "find/folder.h"

namespace regraft::find {
namespace {

Status Bad(const std::string& message, std::string hint) {
  return Fail(
      Error(ErrorCode::kInvalidArgument, "checkpoint/bad-prefix", message).Hint(std::move(hint)));
}

}  // namespace

Status CheckNewPrefix(const std::string& prefix) {
  constexpr std::string_view kIndex = ".index", kData = ".data-";
  if (prefix.empty()) {
    return Bad("a checkpoint is to be written, and its path is empty",
               "give the start of its files' names: ckpt makes ckpt.index and "
               "ckpt.data-00000-of-00001");
  }
  if (auto remote = RemoteError(prefix)) return Fail(*std::move(remote));
  if (const auto path = PathOfFileUrl(prefix)) {
    return Bad(fmt::format("'{}' is a URL, and a path is wanted", prefix),
               fmt::format("use {}", *path));
  }
  if (const auto path = PathInHome(prefix)) {
    return Bad(fmt::format("'{}' has a '~', for which only a shell puts the home folder", prefix),
               fmt::format("use {}, or ./{} if the name has a '~'", *path, prefix));
  }
  const std::string name = SplitLast(prefix).name;
  if (name.empty() || name == "." || name == "..") {
    return Bad(fmt::format("'{}' is a folder, not the start of the names of files", prefix),
               fmt::format("name the checkpoint in it: {}", JoinPath(prefix, "ckpt")));
  }
  std::string_view meant = prefix;
  if (name.ends_with(kIndex)) {
    meant.remove_suffix(kIndex.size());
  } else if (bundle::DataFileName::Parse(name)) {
    meant = meant.substr(0, meant.rfind(kData));
  } else {
    return {};
  }
  if (meant.empty() || meant.ends_with('/')) meant = "ckpt";
  return Bad(fmt::format("'{}' is the name of one file of a checkpoint, not of all", prefix),
             fmt::format("use the start that its files share: {}", meant));
}

}  // namespace regraft::find
