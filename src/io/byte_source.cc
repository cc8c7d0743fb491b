#include "io/byte_source.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>
#include <vector>

#include "base/try.h"
#include "io/range.h"

namespace regraft::io {
namespace {

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

std::unique_ptr<const ByteSource> MemorySource(std::string name, std::span<const std::byte> bytes) {
  return std::make_unique<const OwnedSource>(std::move(name), bytes);
}

Result<std::string> ReadWholeFile(const Files& files, const std::string& path,
                                  std::uint64_t limit) {
  REGRAFT_TRY(const auto source, files.Open(path));
  if (source->size() > limit) {
    return Fail(
        Error(ErrorCode::kUnsupported, "io/too-large",
              fmt::format("the file has {} bytes; at most {} are read here", source->size(), limit))
            .InFile(path));
  }
  std::string text(source->size(), '\0');
  REGRAFT_CHECK(source->ReadAt(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace regraft::io
