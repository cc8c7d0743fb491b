#include "formats/tfjs/strings.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/fields.h"
#include "base/try.h"

namespace regraft::tfjs {
namespace {

constexpr std::uint64_t kLengthBytes = 4;
constexpr std::uint64_t kWindow = std::uint64_t{64} << 10;

Error Bad(std::string message) {
  return Error(ErrorCode::kCorrupt, "tfjs/bad-strings", std::move(message));
}

// Lengths lie far apart or close together: what is read for one serves the next.
class Window {
 public:
  explicit Window(const io::ByteSource& source) : source_(source) {}

  Result<std::uint32_t> LengthAt(std::uint64_t offset) {
    if (source_.size() < kLengthBytes || offset > source_.size() - kLengthBytes) {
      return Fail(Bad("its strings reach past the end of the data"));
    }
    if (offset < start_ || offset + kLengthBytes > start_ + bytes_.size()) {
      start_ = offset;
      bytes_.resize(static_cast<std::size_t>(std::min(kWindow, source_.size() - offset)));
      REGRAFT_CHECK(source_.ReadAt(start_, std::as_writable_bytes(std::span(bytes_))));
    }
    return Fields(std::string_view(bytes_).substr(static_cast<std::size_t>(offset - start_))).U32();
  }

 private:
  const io::ByteSource& source_;
  std::uint64_t start_ = 0;
  std::string bytes_;
};

}  // namespace

Result<std::uint64_t> MeasureStrings(const io::ByteSource& source, std::uint64_t offset,
                                     std::uint64_t count) {
  Window window(source);
  std::uint64_t at = offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    REGRAFT_TRY(const std::uint32_t length, window.LengthAt(at));
    at += kLengthBytes;
    if (length > source.size() - at) return Fail(Bad("its strings reach past the end of the data"));
    at += length;
  }
  return at - offset;
}

Result<std::vector<std::string>> DecodeStrings(std::string_view bytes, std::uint64_t count) {
  Fields fields(bytes);
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count && fields.whole(); ++i) {
    const std::uint32_t length = fields.U32();
    out.emplace_back(fields.Bytes(length));
  }
  if (fields.whole() && fields.left() == 0) return out;
  return Fail(Bad("the lengths of its strings do not add up to its bytes"));
}

}  // namespace regraft::tfjs
