#include "testing/files.h"

#include <span>
#include <utility>

namespace regraft::testing {
namespace {

// A source that looks at each read before it passes it on.
class WrappedSource : public io::ByteSource {
 public:
  explicit WrappedSource(std::unique_ptr<const io::ByteSource> inner) : inner_(std::move(inner)) {}
  const std::string& name() const override { return inner_->name(); }
  std::uint64_t size() const override { return inner_->size(); }

 protected:
  std::unique_ptr<const io::ByteSource> inner_;
};

}  // namespace

class CountingSource final : public WrappedSource {
 public:
  CountingSource(std::unique_ptr<const io::ByteSource> inner, const CountingFiles& files)
      : WrappedSource(std::move(inner)), files_(files) {}
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    {
      const std::lock_guard lock(files_.mutex_);
      CountingFiles::Count& count = files_.counts_[name()];
      ++count.reads;
      count.bytes += out.size();
    }
    return inner_->ReadAt(offset, out);
  }

 private:
  const CountingFiles& files_;
};

class FaultSource final : public WrappedSource {
 public:
  FaultSource(std::unique_ptr<const io::ByteSource> inner, const FaultFiles& files)
      : WrappedSource(std::move(inner)), files_(files) {}
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    if (++files_.reads_ == files_.fail_at_) {
      return Fail(Error(ErrorCode::kIo, "test/fault", "this read was made to fail")
                      .InFile(name())
                      .AtOffset(offset));
    }
    return inner_->ReadAt(offset, out);
  }

 private:
  const FaultFiles& files_;
};

Result<std::unique_ptr<const io::ByteSource>> MemoryFiles::Open(const std::string& path) const {
  const auto file = content_.find(path);
  if (file == content_.end()) {
    if (List(path)) {
      return Fail(Error(ErrorCode::kIo, "io/open", "this is a folder, not a file").InFile(path));
    }
    return Fail(Error(ErrorCode::kNotFound, "io/not-found", "there is no such file").InFile(path));
  }
  return io::MemorySource(path, std::as_bytes(std::span(file->second)));
}

Result<std::optional<io::FileInfo>> MemoryFiles::Look(const std::string& path) const {
  if (const auto file = content_.find(path); file != content_.end()) {
    return std::optional(io::FileInfo{io::FileKind::kFile, file->second.size(), 0});
  }
  if (!List(path)) return std::optional<io::FileInfo>();
  return std::optional(io::FileInfo{io::FileKind::kDirectory, 0, 0});
}

// A folder is there if a file is in it.
Result<std::vector<std::string>> MemoryFiles::List(const std::string& folder) const {
  std::string start = folder.empty() || folder == "." ? "" : folder;
  if (!start.empty() && !start.ends_with('/')) start += '/';
  std::vector<std::string> names;
  for (const auto& [path, bytes] : content_) {
    if (!path.starts_with(start)) continue;
    std::string name = path.substr(start.size());
    name = name.substr(0, name.find('/'));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  if (!names.empty() || start.empty()) return names;
  return Fail(
      Error(ErrorCode::kNotFound, "io/not-found", "there is no such folder").InFile(folder));
}

Result<std::unique_ptr<const io::ByteSource>> CountingFiles::Open(const std::string& path) const {
  auto inner = ForwardingFiles::Open(path);
  if (!inner) return inner;
  {
    const std::lock_guard lock(mutex_);
    ++counts_[(*inner)->name()].opens;
  }
  return std::make_unique<const CountingSource>(*std::move(inner), *this);
}

std::uint64_t CountingFiles::opens() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, count] : counts_) sum += count.opens;
  return sum;
}

std::uint64_t CountingFiles::reads() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, count] : counts_) sum += count.reads;
  return sum;
}

std::uint64_t CountingFiles::bytes_read() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, count] : counts_) sum += count.bytes;
  return sum;
}

std::uint64_t CountingFiles::bytes_read(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(path);
  return found == counts_.end() ? 0 : found->second.bytes;
}

Result<std::unique_ptr<const io::ByteSource>> FaultFiles::Open(const std::string& path) const {
  auto inner = ForwardingFiles::Open(path);
  if (!inner) return inner;
  return std::make_unique<const FaultSource>(*std::move(inner), *this);
}

}  // namespace regraft::testing
