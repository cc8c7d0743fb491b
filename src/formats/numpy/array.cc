#include "formats/numpy/array.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "digest/crc32.h"
#include "transform/permute.h"

namespace regraft::numpy {
namespace {

// Most headers have 128 bytes.
constexpr std::uint64_t kUsualHeader = 128;

// The header, by a function that reads so many bytes of the content's beginning.
template <typename ReadStart>
Result<std::pair<Header, std::string>> HeaderBy(std::uint64_t size, const ReadStart& read) {
  REGRAFT_TRY(std::string start, read(std::min(size, kUsualHeader)));
  const std::uint64_t needed = std::min(size, HeaderBytes(start));
  if (LooksLikeArray(start) && needed > start.size()) {
    REGRAFT_TRY(start, read(needed));
  }
  REGRAFT_TRY(Header header, ParseHeader(start));
  start.resize(static_cast<std::size_t>(header.header_bytes));
  if (header.pickled) {
    return Fail(
        Error(ErrorCode::kUnsupported, "numpy/pickle",
              "the array holds objects of Python, which only running code can make")
            .Hint("in Python: np.load(..., allow_pickle=True), if you trust the file; then save "
                  "its numbers as an array with a type"));
  }
  return std::pair(std::move(header), std::move(start));
}

}  // namespace

bool Array::IsMade() const {
  if (header.bytes == 0) return false;
  return deflated || (header.column_major && header.spec.shape.rank() > 1 &&
                      header.spec.dtype != DType::kInvalid);
}

Result<Array> ReadArray(const io::ByteSource& file) {
  const auto read = [&](std::uint64_t count) -> Result<std::string> {
    std::string start(static_cast<std::size_t>(count), '\0');
    REGRAFT_CHECK(file.ReadAt(0, std::as_writable_bytes(std::span(start))));
    return start;
  };
  REGRAFT_TRY(auto parsed, HeaderBy(file.size(), read));
  Array array;
  array.header = std::move(parsed.first);
  array.stored = {0, array.header.header_bytes, array.header.bytes};
  // What no tensor is like may have any size.
  if (array.header.spec.dtype == DType::kInvalid) {
    array.header.bytes = array.stored.bytes = file.size() - array.header.header_bytes;
  }
  return array;
}

Result<std::optional<Array>> ReadArray(const io::ByteSource& file, const zip::Member& member) {
  bool is_array = true;
  auto read = HeaderBy(member.bytes, [&](std::uint64_t count) {
    auto start = zip::ReadStart(file, member, count);
    is_array = !start || LooksLikeArray(*start);
    return start;
  });
  if (!is_array) return std::nullopt;
  if (!read) return Fail(std::move(read).error());
  auto& [header, start] = *read;
  Array array;
  array.header = std::move(header);
  const std::uint64_t bytes = member.bytes - array.header.header_bytes;
  if (array.header.spec.dtype == DType::kInvalid) array.header.bytes = bytes;
  if (bytes != array.header.bytes) {
    return Fail(Error(ErrorCode::kCorrupt, "numpy/damaged",
                      fmt::format("the array is to have {}, and its member has {} for it",
                                  Plural(array.header.bytes, "byte"), bytes))
                    .Hint("the file is damaged: copy it again from where it came"));
  }
  if (member.method == zip::Method::kDeflated) array.deflated = member;
  array.stored = {0, member.stored.offset + array.header.header_bytes, bytes};
  // That of the member is that of the header, moved by as many bytes as follow, and of these.
  const std::uint32_t of_header = digest::Crc32(std::as_bytes(std::span(start)));
  array.crc32 = digest::CombineCrc32(of_header, member.crc32, bytes);
  return array;
}

Result<Buffer> MakeValues(const io::ByteSource& file, const Array& array) {
  Buffer values = Buffer::Unfilled(static_cast<std::size_t>(array.header.bytes));
  if (array.deflated) {
    std::uint64_t skip = array.header.header_bytes;
    std::size_t at = 0;
    REGRAFT_CHECK(
        zip::StreamMember(file, *array.deflated, [&](std::span<const std::byte> part) -> Status {
          const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, part.size()));
          skip -= skipped;
          part = part.subspan(skipped);
          if (!part.empty()) std::memcpy(values.bytes().data() + at, part.data(), part.size());
          at += part.size();
          return {};
        }));
  } else {
    REGRAFT_CHECK(file.ReadAt(array.stored.offset, values.bytes()));
    const std::uint32_t crc = array.crc32 ? digest::Crc32(values.bytes()) : 0;
    if (array.crc32 && crc != *array.crc32) {
      return Fail(Error(ErrorCode::kCorrupt, "numpy/checksum",
                        fmt::format("the bytes do not match their CRC-32: stored {:08x}, computed "
                                    "{:08x}",
                                    *array.crc32, crc))
                      .InFile(file.name())
                      .AtOffset(array.stored.offset)
                      .Hint("the file is damaged: copy it again from where it came"));
    }
  }
  const Shape& shape = array.header.spec.shape;
  if (!array.header.column_major || shape.rank() < 2) return values;
  Buffer rows = Buffer::Unfilled(values.size());
  std::vector<std::int64_t> steps;
  std::int64_t step = 1;
  for (const std::int64_t dim : shape.dims()) {
    steps.push_back(step);
    step *= dim;
  }
  transform::CopyStrided(static_cast<std::size_t>(array.header.item_bytes), shape, steps,
                         values.bytes(), rows.bytes());
  return rows;
}

}  // namespace regraft::numpy
