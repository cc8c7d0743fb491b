#include "formats/tfjs/sequence.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "io/range.h"

namespace regraft::tfjs {

Sequence::Sequence(std::string name, std::vector<std::shared_ptr<const io::ByteSource>> parts)
    : name_(std::move(name)), parts_(std::move(parts)) {
  for (const auto& part : parts_) ends_.push_back(size() + part->size());
}

Status Sequence::ReadAt(std::uint64_t offset, std::span<std::byte> out) const {
  REGRAFT_CHECK(io::CheckRange(*this, offset, out.size()));
  auto part = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset) -
                                       ends_.begin());
  for (; !out.empty(); ++part) {
    const std::uint64_t at = offset - (ends_[part] - parts_[part]->size());
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), parts_[part]->size() - at));
    REGRAFT_CHECK(parts_[part]->ReadAt(at, out.first(size)));
    out = out.subspan(size);
    offset += size;
  }
  return {};
}

}  // namespace regraft::tfjs
