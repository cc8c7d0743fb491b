#include "bundle/shard_files.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "io/directory.h"

namespace regraft::bundle {

Result<std::shared_ptr<const io::ByteSource>> ShardFiles::Get(std::int32_t shard) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(shard);
  if (found != open_.end()) return found->second;
  const std::string path = Path(shard);
  auto file = files_.Open(path);
  if (!file) {
    if (file.error().code == ErrorCode::kNotFound) return Fail(MissingError(path));
    return Fail(std::move(file).error().InFile(path));
  }
  return open_.emplace(shard, *std::move(file)).first->second;
}

Error ShardFiles::MissingError(const std::string& path) const {
  Error error(ErrorCode::kNotFound, "bundle/shard-missing",
              "the data file that holds this tensor is missing");
  error.file = path;
  error.hint = fmt::format("put {} beside {}.index: an index without its data files has only names",
                           path, prefix_);
  // Only the operating system's files can be listed.
  if (&files_ != &io::RealFiles()) return error;
  const std::size_t slash = prefix_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : prefix_.substr(0, slash + 1);
  const std::string start =
      (slash == std::string::npos ? prefix_ : prefix_.substr(slash + 1)) + ".data-";
  const auto names = io::ListDirectory(folder);
  if (!names) return error;
  std::vector<std::string> alike;
  for (const std::string& name : *names) {
    if (std::string_view(name).starts_with(start)) alike.push_back(name);
    if (alike.size() == 3) break;
  }
  if (!alike.empty()) error.details.push_back({"found", Join(alike, ", ")});
  return error;
}

}  // namespace regraft::bundle
