#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "digest/crc32.h"
#include "formats/zip/directory.h"

namespace regraft::zip {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;

Error Damaged(const io::ByteSource& file, const Member& member, std::string_view what) {
  return Error(ErrorCode::kCorrupt, "zip/damaged",
               fmt::format("the member '{}' {}", Printable(member.name), what))
      .InFile(file.name())
      .AtOffset(member.stored.offset)
      .Hint("the archive is damaged: copy it again from where it came");
}

using Take = std::function<Result<bool>(std::span<const std::byte>)>;

// Inflates in parts until `take` has enough. Reads `chunk` bytes at a time.
Status Inflate(const io::ByteSource& file, const Member& member, std::size_t chunk,
               const Take& take) {
  const auto state = std::make_unique_for_overwrite<inflate_state>();
  isal_inflate_init(state.get());
  state->crc_flag = ISAL_DEFLATE;  // No header or checksum around it.
  const auto in = std::make_unique_for_overwrite<std::byte[]>(chunk);
  const auto out = std::make_unique_for_overwrite<std::byte[]>(chunk);
  std::uint64_t read = 0, made = 0;
  while (state->block_state != ISAL_BLOCK_FINISH) {
    if (state->avail_in == 0 && read < member.stored.bytes) {
      const std::uint64_t count = std::min<std::uint64_t>(chunk, member.stored.bytes - read);
      REGRAFT_CHECK(file.ReadAt(member.stored.offset + read, std::span(in.get(), count)));
      read += count;
      state->next_in = reinterpret_cast<std::uint8_t*>(in.get());
      state->avail_in = static_cast<std::uint32_t>(count);
    }
    const bool is_all = state->avail_in == 0;
    state->next_out = reinterpret_cast<std::uint8_t*>(out.get());
    state->avail_out = static_cast<std::uint32_t>(chunk);
    if (isal_inflate(state.get()) != ISAL_DECOMP_OK) {
      return Fail(Damaged(file, member, "cannot be inflated"));
    }
    const std::size_t count = chunk - state->avail_out;
    if (count > member.bytes - made) return Fail(Damaged(file, member, "is larger than it says"));
    made += count;
    if (count > 0) {
      REGRAFT_TRY(const bool more, take(std::span(out.get(), count)));
      if (!more) return {};
    } else if (is_all && state->block_state != ISAL_BLOCK_FINISH) {
      return Fail(Damaged(file, member, "ends too early"));
    }
  }
  if (made != member.bytes) return Fail(Damaged(file, member, "is smaller than it says"));
  return {};
}

Status ReadStored(const io::ByteSource& file, const Member& member, const Take& take) {
  const auto chunk =
      std::make_unique_for_overwrite<std::byte[]>(std::min<std::uint64_t>(kChunk, member.bytes));
  for (std::uint64_t at = 0; at < member.bytes;) {
    const std::uint64_t count = std::min<std::uint64_t>(kChunk, member.bytes - at);
    const auto part = std::span(chunk.get(), count);
    REGRAFT_CHECK(file.ReadAt(member.stored.offset + at, part));
    REGRAFT_TRY(const bool more, take(part));
    if (!more) return {};
    at += count;
  }
  return {};
}

}  // namespace

Status StreamMember(const io::ByteSource& file, const Member& member,
                    const std::function<Status(std::span<const std::byte>)>& take) {
  std::uint32_t crc = 0;
  const auto check = [&](std::span<const std::byte> part) -> Result<bool> {
    crc = digest::ExtendCrc32(crc, part);
    REGRAFT_CHECK(take(part));
    return true;
  };
  if (member.method == Method::kStored) {
    REGRAFT_CHECK(ReadStored(file, member, check));
  } else {
    REGRAFT_CHECK(Inflate(file, member, kChunk, check));
  }
  if (crc == member.crc32) return {};
  return Fail(Damaged(
      file, member,
      fmt::format("does not match its CRC-32: stored {:08x}, computed {:08x}", member.crc32, crc)));
}

Result<std::string> ReadStart(const io::ByteSource& file, const Member& member,
                              std::uint64_t most) {
  constexpr std::size_t kFew = 1024;
  const std::uint64_t wanted = std::min(most, member.bytes);
  std::string start;
  if (wanted == 0) return start;
  if (member.method == Method::kStored) {
    start.resize(static_cast<std::size_t>(wanted));
    REGRAFT_CHECK(file.ReadAt(member.stored.offset, std::as_writable_bytes(std::span(start))));
    return start;
  }
  REGRAFT_CHECK(Inflate(file, member, kFew, [&](std::span<const std::byte> part) -> Result<bool> {
    const std::size_t count = std::min<std::size_t>(part.size(), wanted - start.size());
    start.append(reinterpret_cast<const char*>(part.data()), count);
    return start.size() < wanted;
  }));
  return start;
}

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
  std::string out;
  out.reserve(static_cast<std::size_t>(member.bytes));
  REGRAFT_CHECK(StreamMember(file, member, [&](std::span<const std::byte> part) -> Status {
    out.append(reinterpret_cast<const char*>(part.data()), part.size());
    return {};
  }));
  return out;
}

}  // namespace regraft::zip
