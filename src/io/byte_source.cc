#include "io/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/try.h"
#include "io/descriptor.h"

namespace regraft::io {
namespace {

Status CheckRange(const ByteSource& source, std::uint64_t offset, std::size_t length) {
  const auto end = CheckedAdd(offset, static_cast<std::uint64_t>(length));
  if (end && *end <= source.size()) return {};
  return Fail(Error(ErrorCode::kCorrupt, "io/past-end",
                    fmt::format("{} bytes are needed, the file ends after {}", length,
                                source.size()))
                  .InFile(source.name())
                  .AtOffset(offset));
}

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
    return Fail(Error(ErrorCode::kIo, "io/open", S_ISDIR(info.st_mode)
                                                     ? "this is a folder, not a file"
                                                     : "this is not a regular file")
                    .InFile(path));
  }
  return OpenedFile{std::move(descriptor), static_cast<std::uint64_t>(info.st_size)};
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, OpenedFile file)
      : path_(std::move(path)), file_(std::move(file)) {}

  const std::string& name() const override { return path_; }
  std::uint64_t size() const override { return file_.size; }
  int descriptor() const { return file_.descriptor.get(); }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    REGRAFT_CHECK(CheckRange(*this, offset, out.size()));
    while (!out.empty()) {
      const ssize_t got = ::pread(file_.descriptor.get(), out.data(), out.size(),
                                  static_cast<off_t>(offset));
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

class OperatingSystemFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<const ByteSource>> Open(const std::string& path) const override {
    REGRAFT_TRY(OpenedFile file, OpenForReading(path));
    return std::make_unique<const FileSource>(path, std::move(file));
  }
};

// Bytes in memory of its own.
class OwnedSource final : public ByteSource {
 public:
  OwnedSource(std::string name, std::span<const std::byte> bytes)
      : name_(std::move(name)), bytes_(bytes.begin(), bytes.end()) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    REGRAFT_CHECK(CheckRange(*this, offset, out.size()));
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return {};
  }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
};

}  // namespace

int DescriptorOf(const ByteSource& source) {
  const auto* file = dynamic_cast<const FileSource*>(&source);
  return file == nullptr ? -1 : file->descriptor();
}

const FileSystem& RealFiles() {
  static const OperatingSystemFiles files;
  return files;
}

std::unique_ptr<const ByteSource> MemorySource(std::string name, std::span<const std::byte> bytes) {
  return std::make_unique<const OwnedSource>(std::move(name), bytes);
}

Result<std::string> ReadWholeFile(const FileSystem& files, const std::string& path,
                                  std::uint64_t limit) {
  REGRAFT_TRY(const auto source, files.Open(path));
  if (source->size() > limit) {
    return Fail(Error(ErrorCode::kUnsupported, "io/too-large",
                      fmt::format("the file has {} bytes; at most {} are read here",
                                  source->size(), limit))
                    .InFile(path));
  }
  std::string text(source->size(), '\0');
  REGRAFT_CHECK(source->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace regraft::io
