#include "io/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/text.h"
#include "io/descriptor.h"

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

// The first folder on the way to `path` that may not be entered.
std::string ClosedFolder(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, std::max<std::size_t>(slash, 1));
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0) return folder;
  }
  return ".";
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

Result<std::optional<FileInfo>> Look(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return std::optional<FileInfo>(InfoOf(info));
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG) {
    return std::optional<FileInfo>();
  }
  if (error != EACCES) {
    return Fail(Error(ErrorCode::kIo, "io/look",
                      fmt::format("the system does not let it be seen: {}", SystemText(error)))
                    .InFile(path));
  }
  const std::string folder = ClosedFolder(path);
  return Fail(Error(ErrorCode::kIo, "io/look",
                    fmt::format("the folder may not be entered: {}", SystemText(error)))
                  .InFile(folder)
                  .Hint(fmt::format("ls -ld {} shows who may", ShellQuoted(folder))));
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
                                  SystemText(error)))
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
