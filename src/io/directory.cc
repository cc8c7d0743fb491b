#include "io/directory.h"

#include <sys/stat.h>

#include <algorithm>

#include "io/descriptor.h"

namespace regraft::io {

FileInfo InfoOf(const struct stat& info) {
  FileInfo out;
  out.kind = S_ISREG(info.st_mode)   ? FileKind::kFile
             : S_ISDIR(info.st_mode) ? FileKind::kDirectory
                                     : FileKind::kOther;
  out.size = static_cast<std::uint64_t>(info.st_size);
  out.modified_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return out;
}

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

std::optional<FileInfo> StatItself(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return InfoOf(info);
}

}  // namespace regraft::io
