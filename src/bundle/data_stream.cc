#include "bundle/data_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.h"

namespace regraft::bundle {
namespace {

// Neighbours are gathered up to this size: what was read to be checked is still in memory when
// it is copied.
constexpr std::uint64_t kRangeBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kZeroBytes = std::uint64_t{1} << 16;

}  // namespace

Status DataStream::Append(std::span<const std::byte> bytes) {
  REGRAFT_CHECK(Flush());
  return file_->Append(bytes);
}

Status DataStream::AppendRange(const std::shared_ptr<const io::ByteSource>& from,
                               std::uint64_t offset, std::uint64_t length) {
  if (range_.from != from || range_.offset + range_.length != offset) {
    REGRAFT_CHECK(Flush());
    range_ = {from, offset, 0};
  }
  range_.length += length;
  return range_.length < kRangeBytes ? Status() : Flush();
}

Status DataStream::Pad(std::uint64_t alignment) {
  const std::uint64_t over = alignment > 1 ? size() % alignment : 0;
  if (over == 0) return {};
  const std::uint64_t missing = alignment - over;
  const std::vector<std::byte> zeros(static_cast<std::size_t>(std::min(missing, kZeroBytes)));
  for (std::uint64_t left = missing; left > 0;) {
    const std::uint64_t part = std::min<std::uint64_t>(left, zeros.size());
    REGRAFT_CHECK(Append(std::span(zeros).first(static_cast<std::size_t>(part))));
    left -= part;
  }
  return {};
}

Status DataStream::Sync() {
  REGRAFT_CHECK(Flush());
  return file_->Sync();
}

Status DataStream::Flush() {
  const Range ready = std::exchange(range_, {});
  if (ready.length == 0) return {};
  return file_->AppendRange(*ready.from, ready.offset, ready.length);
}

}  // namespace regraft::bundle
