// The operating system's files.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "io/descriptor.h"
#include "io/directory.h"
#include "io/range.h"
#include "regraft/files.h"

namespace regraft::io {
namespace {

struct OpenedFile {
  Descriptor descriptor;
  std::uint64_t size;
};

Result<OpenedFile> OpenForReading(const std::string& path) {
  int fd = -1;
  do {
    // O_NONBLOCK: a pipe without a writer is to be refused below, not waited for.
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Fail(Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                      missing ? "io/not-found" : "io/open",
                      fmt::format("the file cannot be opened: {}", SystemText(errno)))
                    .InFile(path));
  }
  Descriptor descriptor(fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return Fail(
        Error(ErrorCode::kIo, "io/open",
              S_ISDIR(info.st_mode) ? "this is a folder, not a file" : "this is not a regular file")
            .InFile(path));
  }
  return OpenedFile{std::move(descriptor), static_cast<std::uint64_t>(info.st_size)};
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, OpenedFile file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string& name() const override { return path_; }
  std::uint64_t size() const override { return file_.size; }
  int descriptor() const { return file_.descriptor.get(); }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    REGRAFT_CHECK(CheckRange(*this, offset, out.size()));
    while (!out.empty()) {
      const ssize_t got =
          ::pread(file_.descriptor.get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        return Fail(Error(ErrorCode::kIo, "io/read",
                          got == 0 ? "the file became shorter while it was read"
                                   : fmt::format("the file cannot be read: {}", SystemText(errno)))
                        .InFile(path_)
                        .AtOffset(offset));
      }
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return {};
  }

 private:
  std::string path_;
  OpenedFile file_;
};

// The first folder on the way to `path` that may not be entered.
std::string ClosedFolder(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, std::max<std::size_t>(slash, 1));
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0) return folder;
  }
  return ".";
}

class OperatingSystemFiles final : public Files {
 public:
  Result<std::unique_ptr<const ByteSource>> Open(const std::string& path) const override {
    REGRAFT_TRY(OpenedFile file, OpenForReading(path));
    return std::make_unique<const FileSource>(path, std::move(file));
  }

  Result<std::optional<FileInfo>> Look(const std::string& path) const override {
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

  Result<std::vector<std::string>> List(const std::string& path) const override {
    struct Close {
      void operator()(DIR* folder) const { ::closedir(folder); }
    };
    const std::unique_ptr<DIR, Close> folder(::opendir(path.empty() ? "." : path.c_str()));
    const auto failed = [&](int error) {
      const bool missing = error == ENOENT || error == ENOTDIR;
      return Fail(Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                        missing ? "io/not-found" : "io/list",
                        fmt::format("the folder cannot be listed: {}", SystemText(error)))
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
};

}  // namespace

int DescriptorOf(const ByteSource& source) {
  const auto* file = dynamic_cast<const FileSource*>(&source);
  return file == nullptr ? -1 : file->descriptor();
}

const Files& RealFiles() {
  static const OperatingSystemFiles files;
  return files;
}

std::optional<FileInfo> Files::Stat(const std::string& path) const {
  auto seen = Look(path);
  return seen ? *std::move(seen) : std::nullopt;
}

}  // namespace regraft::io
