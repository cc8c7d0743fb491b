#include "io/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>

#include "base/try.h"
#include "io/descriptor.h"
#include "io/output_file.h"

namespace regraft::io {
namespace {

// Names that are taken although they were drawn from 64 bits come from no accident.
constexpr int kNameAttempts = 8;

Status Check(int result, const char* slug, const std::string& doing, const std::string& path) {
  if (result == 0) return {};
  return Fail(SystemError(errno, slug, doing, path));
}

class OperatingSystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<const ByteSource>> Open(const std::string& path) const override {
    return RealFiles().Open(path);
  }

  Result<std::unique_ptr<OutputFile>> Create(const std::string& path) override {
    return CreateFile(path);
  }

  Result<std::unique_ptr<OutputFile>> CreateTemporary(const std::string& path) override {
    std::random_device random;
    for (int attempt = 1;; ++attempt) {
      const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
      auto file = CreateFile(fmt::format("{}.tempstate{}", path, number));
      if (file || file.error().slug != "io/exists" || attempt == kNameAttempts) return file;
    }
  }

  Status Rename(const std::string& from, const std::string& to) override {
    Status done = Check(::rename(from.c_str(), to.c_str()), "io/rename", "renamed", from);
    if (!done) return Fail(std::move(done).error().With("to", to));
    return done;
  }

  Status Link(const std::string& existing, const std::string& fresh) override {
    // Caches of downloads have links in place of files: what is meant is what they lead to.
    if (::linkat(AT_FDCWD, existing.c_str(), AT_FDCWD, fresh.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return {};
    }
    if (errno == EEXIST) {
      return Fail(
          Error(ErrorCode::kIo, "io/exists", "there is a file of this name already").InFile(fresh));
    }
    return Fail(SystemError(errno, "io/link", "given a second name", existing).With("name", fresh));
  }

  Status Remove(const std::string& path) override {
    if (::remove(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
    return Fail(SystemError(errno, "io/remove", "removed", path));
  }

  Status MakeFolders(const std::string& path) override {
    if (path.empty()) return {};
    if (::mkdir(path.c_str(), 0777) == 0) return SyncFolder(FolderOf(path));
    if (errno == ENOENT) {
      const std::string above = FolderOf(path);
      if (above != path) {
        REGRAFT_CHECK(MakeFolders(above));
        if (::mkdir(path.c_str(), 0777) == 0) return SyncFolder(above);
      }
    }
    const int error = errno;
    const auto found = Stat(path);
    if (found && found->kind == FileKind::kDirectory) return {};
    if (error == EEXIST) {
      return Fail(Error(ErrorCode::kIo, "io/create",
                        "the folder cannot be made: there is a file of this name")
                      .InFile(path));
    }
    return Fail(SystemError(error, "io/create", "made", path));
  }

  Status SyncFile(const std::string& path) override {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const bool synced = file.get() >= 0 && ::fsync(file.get()) == 0;
    return Check(synced ? 0 : -1, "io/sync", "brought to the disk", path);
  }

  Status SyncFolder(const std::string& path) override {
    const std::string name = path.empty() ? "." : path;
    const Descriptor folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) return Fail(SystemError(errno, "io/sync", "brought to the disk", name));
    // Some file systems have nothing to sync in a folder, and say so in this way.
    if (::fsync(folder.get()) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
    return Fail(SystemError(errno, "io/sync", "brought to the disk", name));
  }

  Result<std::optional<FileInfo>> Look(const std::string& path) const override {
    return RealFiles().Look(path);
  }

  Result<std::vector<std::string>> List(const std::string& folder) const override {
    return RealFiles().List(folder);
  }

  std::optional<std::uint64_t> FreeBytes(const std::string& path) const override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) == 0) {
      return static_cast<std::uint64_t>(info.f_bavail) * static_cast<std::uint64_t>(info.f_frsize);
    }
    const std::string above = FolderOf(path);
    if (errno != ENOENT || above == path) return std::nullopt;
    return FreeBytes(above);
  }
};

}  // namespace

Disk& RealDisk() {
  static OperatingSystemDisk disk;
  return disk;
}

}  // namespace regraft::io
