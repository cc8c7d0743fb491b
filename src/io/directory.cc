#include "io/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace regraft::io {
namespace {

FileInfo InfoOf(const struct stat& info) {
  FileInfo out;
  out.kind = S_ISREG(info.st_mode)   ? FileKind::kFile
             : S_ISDIR(info.st_mode) ? FileKind::kDirectory
                                     : FileKind::kOther;
  out.size = static_cast<std::uint64_t>(info.st_size);
  out.modified_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return out;
}

}  // namespace

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

std::optional<FileInfo> Stat(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return InfoOf(info);
}

std::optional<FileInfo> StatItself(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return InfoOf(info);
}

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  const std::unique_ptr<DIR, Close> folder(::opendir(path.empty() ? "." : path.c_str()));
  const auto failed = [&](int error) {
    const bool missing = error == ENOENT || error == ENOTDIR;
    return Fail(Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                      missing ? "io/not-found" : "io/list",
                      fmt::format("the folder cannot be listed: {}",
                                  std::generic_category().message(error)))
                    .InFile(path));
  };
  if (!folder) return failed(errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) {
      if (errno != 0) return failed(errno);
      break;
    }
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace regraft::io
