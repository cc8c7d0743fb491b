#include "io/range.h"

#include <fmt/format.h>

#include "base/checked.h"

namespace regraft::io {

Status CheckRange(const ByteSource& source, std::uint64_t offset, std::size_t length) {
  const auto end = CheckedAdd(offset, static_cast<std::uint64_t>(length));
  if (end && *end <= source.size()) return {};
  return Fail(
      Error(ErrorCode::kCorrupt, "io/past-end",
            fmt::format("{} bytes are needed, the file ends after {}", length, source.size()))
          .InFile(source.name())
          .AtOffset(offset));
}

}  // namespace regraft::io
