#include "io/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "io/descriptor.h"
#include "io/directory.h"

namespace regraft::io {
namespace {

// Small tensors are gathered to this size, so that a checkpoint of many costs few calls.
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
// What is worth telling the disk of while more is coming.
constexpr std::uint64_t kSendBytes = std::uint64_t{16} << 20;
// What one call may copy: large enough to cost nothing, small enough to be interrupted.
constexpr std::uint64_t kCopyBytes = std::uint64_t{1} << 30;

// The kernel cannot copy between these two files; reading and writing can.
bool CannotCopy(int error) {
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
         error == EPERM || error == ETXTBSY;
}

class RealOutput final : public OutputFile {
 public:
  RealOutput(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  const std::string& path() const override { return path_; }
  std::uint64_t size() const override { return written_ + buffer_.size(); }

  Status Append(std::span<const std::byte> bytes) override {
    if (bytes.size() < kBufferBytes) {
      if (buffer_.size() + bytes.size() > kBufferBytes) REGRAFT_CHECK(Flush());
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return {};
    }
    REGRAFT_CHECK(Flush());
    return Write(bytes);
  }

  Status AppendRange(const ByteSource& from, std::uint64_t offset, std::uint64_t length) override {
    REGRAFT_CHECK(Flush());
    REGRAFT_CHECK(CopyInKernel(from, &offset, &length));
    std::vector<std::byte> chunk(
        static_cast<std::size_t>(std::min<std::uint64_t>(length, kBufferBytes)));
    while (length > 0) {
      const auto part = std::span(chunk).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(length, chunk.size())));
      REGRAFT_CHECK(from.ReadAt(offset, part));
      REGRAFT_CHECK(Write(part));
      offset += part.size();
      length -= part.size();
    }
    return {};
  }

  Status Replace(std::uint64_t offset, std::span<const std::byte> bytes) override {
    REGRAFT_CHECK(Flush());
    while (!bytes.empty()) {
      const ssize_t done =
          ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return Fail(WriteError(errno, bytes.size()));
      offset += static_cast<std::uint64_t>(done);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return {};
  }

  Status Sync() override {
    REGRAFT_CHECK(Flush());
    while (::fsync(descriptor_.get()) != 0) {
      if (errno == EINTR) continue;
      return Fail(SystemError(errno, "io/sync", "brought to the disk", path_));
    }
    return {};
  }

 private:
  Status Flush() {
    REGRAFT_CHECK(Write(buffer_));
    buffer_.clear();
    return {};
  }

  Status Write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(descriptor_.get(), bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return Fail(WriteError(errno, bytes.size()));
      written_ += static_cast<std::uint64_t>(done);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    SendAhead();
    return {};
  }

  // Lets the disk begin with what Sync() would wait for. It is only advice, which waits for
  // nothing and hides no error from Sync().
  void SendAhead() {
    if (written_ - sent_ < kSendBytes) return;
    ::sync_file_range(descriptor_.get(), static_cast<off_t>(sent_),
                      static_cast<off_t>(written_ - sent_), SYNC_FILE_RANGE_WRITE);
    sent_ = written_;
  }

  // Copies what the kernel is able to copy; `offset` and `length` are then of the rest.
  Status CopyInKernel(const ByteSource& from, std::uint64_t* offset, std::uint64_t* length) {
    const int source = DescriptorOf(from);
    while (source >= 0 && *length > 0) {
      auto at = static_cast<off_t>(*offset);
      const auto most = static_cast<std::size_t>(std::min(*length, kCopyBytes));
      const ssize_t done = ::copy_file_range(source, &at, descriptor_.get(), nullptr, most, 0);
      if (done < 0 && errno == EINTR) continue;
      // Nothing copied means the end of the source: reading reports that.
      if (done == 0 || (done < 0 && CannotCopy(errno))) return {};
      if (done < 0) return Fail(WriteError(errno, *length));
      written_ += static_cast<std::uint64_t>(done);
      *offset += static_cast<std::uint64_t>(done);
      *length -= static_cast<std::uint64_t>(done);
      SendAhead();
    }
    return {};
  }

  Error WriteError(int error, std::uint64_t missing) const {
    Error out = SystemError(error, "io/write", "written", path_).AtOffset(written_);
    if (out.slug != "io/no-space") return out;
    out.details.push_back({"needed", fmt::format("at least {} more", Plural(missing, "byte"))});
    if (const auto free = RealDisk().FreeBytes(path_)) {
      out.details.push_back({"free", Plural(*free, "byte")});
    }
    return out;
  }

  const std::string path_;
  const Descriptor descriptor_;
  std::uint64_t written_ = 0;
  std::uint64_t sent_ = 0;  // Of what is written.
  std::vector<std::byte> buffer_;
};

}  // namespace

Error SystemError(int error, std::string slug, const std::string& doing, const std::string& path) {
  if (error == ENOSPC || error == EDQUOT) {
    return Error(ErrorCode::kIo, "io/no-space",
                 error == EDQUOT ? "your quota on this disk is used up"
                                 : "there is no space left on the disk")
        .InFile(path)
        .Hint(fmt::format("free some space, or write to another disk: df -h {}",
                          ShellQuoted(FolderOf(path))));
  }
  return Error(ErrorCode::kIo, std::move(slug),
               fmt::format("it cannot be {}: {}", doing, SystemText(error)))
      .InFile(path);
}

Result<std::unique_ptr<OutputFile>> CreateFile(const std::string& path) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return std::make_unique<RealOutput>(path, Descriptor(fd));
  if (errno == EEXIST) {
    return Fail(
        Error(ErrorCode::kIo, "io/exists", "there is a file of this name already").InFile(path));
  }
  Error error = SystemError(errno, "io/create", "made", path);
  if (errno == EACCES || errno == EROFS) {
    error.hint = "write to a folder of your own, or have its owner allow it";
  }
  return Fail(std::move(error));
}

}  // namespace regraft::io
