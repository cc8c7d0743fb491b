#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "formats/zip/directory.h"

namespace regraft::zip {
namespace {

Error Damaged(const io::ByteSource& file, const Member& member, std::string_view what) {
  return Error(ErrorCode::kCorrupt, "zip/damaged",
               fmt::format("the member '{}' {}", Printable(member.name), what))
      .InFile(file.name())
      .AtOffset(member.stored.offset)
      .Hint("the archive is damaged: copy it again from where it came");
}

struct EndInflate {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

Status Inflate(const io::ByteSource& file, const Member& member, std::string& out) {
  constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
  z_stream state = {};
  // A negative number of bits: no header of zlib's own.
  if (inflateInit2(&state, -MAX_WBITS) != Z_OK) {
    return Fail(Damaged(file, member, "cannot be inflated"));
  }
  const std::unique_ptr<z_stream, EndInflate> stream(&state);
  std::string in(static_cast<std::size_t>(std::min(kChunk, member.stored.bytes)), '\0');
  std::uint64_t read = 0, made = 0;
  int answer = Z_OK;
  while (answer != Z_STREAM_END) {
    if (state.avail_in == 0) {
      const std::uint64_t count = std::min<std::uint64_t>(in.size(), member.stored.bytes - read);
      if (count == 0) return Fail(Damaged(file, member, "ends too early"));
      REGRAFT_CHECK(file.ReadAt(member.stored.offset + read,
                                std::as_writable_bytes(std::span(in)).first(count)));
      read += count;
      state.next_in = reinterpret_cast<Bytef*>(in.data());
      state.avail_in = static_cast<uInt>(count);
    }
    const std::uint64_t room = std::min(kChunk, out.size() - made);
    char beyond = 0;  // A member that goes on past its size has this one, too.
    state.next_out = reinterpret_cast<Bytef*>(room > 0 ? out.data() + made : &beyond);
    state.avail_out = static_cast<uInt>(room > 0 ? room : 1);
    const uInt before = state.avail_out;
    answer = inflate(&state, Z_NO_FLUSH);
    if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) {
      return Fail(Damaged(file, member, "cannot be inflated"));
    }
    const uInt count = before - state.avail_out;
    if (room == 0 && count > 0) return Fail(Damaged(file, member, "is larger than it says"));
    made += count;
  }
  if (made != out.size()) return Fail(Damaged(file, member, "is smaller than it says"));
  return {};
}

std::uint32_t Crc32(std::string_view bytes) {
  uLong crc = crc32(0, nullptr, 0);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - at, std::size_t{1} << 30);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data() + at), static_cast<uInt>(count));
    at += count;
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace

Result<std::string> ReadMember(const io::ByteSource& file, const Member& member,
                               std::uint64_t most) {
  if (member.bytes > most) {
    return Fail(Error(ErrorCode::kUnsupported, "zip/refused",
                      fmt::format("the member '{}' has {}, and at most {} are read into memory",
                                  Printable(member.name), BytesText(member.bytes), BytesText(most)))
                    .InFile(file.name())
                    .AtOffset(member.stored.offset)
                    .Hint("store it without compression: unpack the archive, and 'zip -0' it"));
  }
  std::string out(static_cast<std::size_t>(member.bytes), '\0');
  if (member.method == Method::kStored) {
    REGRAFT_CHECK(file.ReadAt(member.stored.offset, std::as_writable_bytes(std::span(out))));
  } else {
    REGRAFT_CHECK(Inflate(file, member, out));
  }
  const std::uint32_t crc = Crc32(out);
  if (crc != member.crc32) {
    return Fail(Damaged(file, member,
                        fmt::format("does not match its CRC-32: stored {:08x}, computed {:08x}",
                                    member.crc32, crc)));
  }
  return out;
}

}  // namespace regraft::zip
