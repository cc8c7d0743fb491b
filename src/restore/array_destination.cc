#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/thread_pool.h"
#include "regraft/restore.h"

namespace regraft {

Buffer Destination::Allocate(std::size_t, std::size_t bytes) const {
  return Buffer::Unfilled(bytes);
}

void ArrayDestination::Add(Target target, std::span<std::byte> bytes) {
  assert(target.spec.Bytes() && *target.spec.Bytes() == bytes.size());
  targets_.push_back(std::move(target));
  bytes_.push_back(bytes);
}

Result<std::vector<Target>> ArrayDestination::Targets() const { return targets_; }

Status ArrayDestination::ReadCurrent(std::size_t index, std::span<std::byte> out) const {
  std::copy(bytes_[index].begin(), bytes_[index].end(), out.begin());
  return {};
}

Status ArrayDestination::Commit(std::span<Staged> values) {
  // Copies are cut, so that one large array keeps all threads busy, and gathered, so that a small
  // one is no job of its own.
  constexpr std::size_t kBlock = std::size_t{4} << 20;
  struct Copy {
    std::size_t value, at, bytes;
  };
  std::vector<Copy> copies;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t size = values[i].value.size();
    for (std::size_t at = 0; at < size; at += kBlock) {
      copies.push_back({i, at, std::min(kBlock, size - at)});
    }
  }
  std::vector<std::size_t> jobs;  // The first copy of each.
  std::size_t gathered = kBlock;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if (gathered + copies[i].bytes > kBlock) {
      jobs.push_back(i);
      gathered = 0;
    }
    gathered += copies[i].bytes;
  }
  ParallelFor(jobs.size(), 0, [&](std::size_t job) {
    const std::size_t end = job + 1 < jobs.size() ? jobs[job + 1] : copies.size();
    for (std::size_t i = jobs[job]; i < end; ++i) {
      const Staged& staged = values[copies[i].value];
      const std::span<const std::byte> value = staged.value.bytes();
      std::memcpy(bytes_[staged.index].data() + copies[i].at, value.data() + copies[i].at,
                  copies[i].bytes);
    }
  });
  return {};
}

}  // namespace regraft
