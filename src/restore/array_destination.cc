#include <algorithm>
#include <cassert>

#include "regraft/restore.h"

namespace regraft {

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
  for (const Staged& staged : values) {
    const std::span<const std::byte> value = staged.value.bytes();
    std::copy(value.begin(), value.end(), bytes_[staged.index].begin());
  }
  return {};
}

}  // namespace regraft
