#include "archive/made_source.h"

#include <cstring>
#include <mutex>
#include <span>
#include <utility>

#include "base/try.h"
#include "io/range.h"

namespace regraft::archive {
namespace {

class Made final : public io::ByteSource {
 public:
  Made(std::string name, std::uint64_t size, std::function<Result<Buffer>()> make)
      : name_(std::move(name)), size_(size), make_(std::move(make)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }

  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    REGRAFT_CHECK(io::CheckRange(*this, offset, out.size()));
    if (out.empty()) return {};
    REGRAFT_TRY(const std::shared_ptr<const Buffer> bytes, Hold(out.size()));
    std::memcpy(out.data(), bytes->bytes().data() + offset, out.size());
    return {};
  }

 private:
  // The bytes, of which so many are handed out.
  Result<std::shared_ptr<const Buffer>> Hold(std::uint64_t count) const {
    const std::lock_guard lock(mutex_);
    if (!held_) {
      REGRAFT_TRY(Buffer made, make_());
      if (made.size() != size_) {
        return Fail(Error(ErrorCode::kCorrupt, "io/past-end", "fewer bytes than were announced")
                        .InFile(name_));
      }
      held_ = std::make_shared<const Buffer>(std::move(made));
      left_ = size_;
    }
    const std::shared_ptr<const Buffer> bytes = held_;
    left_ -= std::min(left_, count);
    if (left_ == 0) held_ = nullptr;
    return bytes;
  }

  const std::string name_;
  const std::uint64_t size_;
  const std::function<Result<Buffer>()> make_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Buffer> held_;
  mutable std::uint64_t left_ = 0;
};

}  // namespace

std::unique_ptr<const io::ByteSource> MadeSource(std::string name, std::uint64_t size,
                                                 std::function<Result<Buffer>()> make) {
  return std::make_unique<Made>(std::move(name), size, std::move(make));
}

}  // namespace regraft::archive
