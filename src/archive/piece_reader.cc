#include "archive/piece_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "digest/crc32.h"
#include "digest/crc32c.h"
#include "regraft/buffer.h"

namespace regraft::archive {
namespace {

// Large enough that calls cost nothing, small enough to be still in the cache when the
// checksum comes to it.
constexpr std::uint64_t kChunkBytes = std::uint64_t{4} << 20;

constexpr std::string_view kDamaged =
    "the file is damaged: copy it again from where it came, or use another checkpoint";

Error InPlace(Error error, const io::ByteSource& file, const StoredPiece& piece) {
  return std::move(error).InFile(file.name()).AtOffset(piece.where.offset);
}

// Git LFS leaves a note of a few lines in place of a file that it did not fetch.
bool IsLfsPointer(const io::ByteSource& file) {
  constexpr std::string_view kStart = "version https://git-lfs";
  std::array<std::byte, kStart.size()> start;
  return file.size() < 1024 && file.size() >= kStart.size() && file.ReadAt(0, start) &&
         std::memcmp(start.data(), kStart.data(), kStart.size()) == 0;
}

}  // namespace

Error ChecksumError(std::string_view slug, const Checksum& stored, const Checksum& computed) {
  const std::string_view name = stored.kind == ChecksumKind::kCrc32c ? "CRC-32C" : "CRC-32";
  return Error(ErrorCode::kCorrupt, std::string(slug),
               fmt::format("the bytes do not match their {}: stored {:08x}, computed {:08x}", name,
                           stored.value, computed.value))
      .Hint(std::string(kDamaged));
}

Status PieceReader::CheckInFile(const io::ByteSource& file, const StoredPiece& piece) const {
  const Extent& where = piece.where;
  if (where.offset <= file.size() && where.bytes <= file.size() - where.offset) return {};
  Error error(ErrorCode::kCorrupt, std::string(slugs_.truncated),
              fmt::format("the data file ends too early: it has {}, and the index says {} at "
                          "offset {}",
                          Plural(file.size(), "byte"), Plural(where.bytes, "byte"), where.offset));
  error.hint = IsLfsPointer(file)
                   ? "this is a Git LFS pointer in place of the file: run 'git lfs pull'"
                   : std::string(kDamaged);
  return Fail(InPlace(std::move(error), file, piece));
}

Status PieceReader::Stream(
    const io::ByteSource& file, const StoredPiece& piece,
    const std::function<std::span<std::byte>(std::uint64_t, std::size_t)>& place,
    const std::function<Status(std::uint64_t, std::span<const std::byte>)>& take) const {
  const ChecksumKind kind = piece.checksum.kind;
  Checksum computed{kind, 0};
  for (std::uint64_t at = 0; at < piece.where.bytes;) {
    const std::uint64_t size = std::min(kChunkBytes, piece.where.bytes - at);
    const std::span<std::byte> chunk = place(at, static_cast<std::size_t>(size));
    REGRAFT_CHECK(file.ReadAt(piece.where.offset + at, chunk));
    if (kind == ChecksumKind::kCrc32c) {
      computed.value = digest::ExtendCrc32c(computed.value, chunk);
    } else if (kind == ChecksumKind::kCrc32) {
      computed.value = digest::ExtendCrc32(computed.value, chunk);
    }
    REGRAFT_CHECK(take(at, chunk));
    at += size;
  }
  if (!piece.checksum.IsOfBytes() || computed == piece.checksum) return {};
  return Fail(InPlace(ChecksumError(slugs_.checksum, piece.checksum, computed), file, piece));
}

Status PieceReader::ReadRunsOnly(const io::ByteSource& file, const StoredPiece& piece, Runs runs,
                                 std::span<std::byte> out) const {
  const std::uint64_t run_bytes = runs.run_bytes();
  Buffer buffer;
  Runs first = runs;
  while (!runs.done()) {
    first = runs;
    std::uint64_t end = runs.from() + run_bytes;
    std::size_t count = 1;
    for (runs.Next(); !runs.done(); runs.Next(), ++count) {
      const std::uint64_t next_end = runs.from() + run_bytes;
      if (runs.from() - end > cost_.gap || next_end - first.from() > kChunkBytes) break;
      end = next_end;
    }
    if (count == 1) {
      const auto place =
          out.subspan(static_cast<std::size_t>(first.to()), static_cast<std::size_t>(run_bytes));
      REGRAFT_CHECK(file.ReadAt(piece.where.offset + first.from(), place));
      continue;
    }
    if (buffer.size() == 0) {
      buffer = Buffer::Unfilled(static_cast<std::size_t>(std::min(kChunkBytes, piece.where.bytes)));
    }
    const std::uint64_t group = first.from();
    REGRAFT_CHECK(file.ReadAt(piece.where.offset + group,
                              buffer.bytes().first(static_cast<std::size_t>(end - group))));
    for (; count > 0; --count, first.Next()) {
      std::memcpy(out.data() + first.to(), buffer.bytes().data() + (first.from() - group),
                  run_bytes);
    }
  }
  return {};
}

Status PieceReader::ReadRunsVerified(const io::ByteSource& file, const StoredPiece& piece,
                                     Runs runs, std::span<std::byte> out) const {
  Buffer buffer =
      Buffer::Unfilled(static_cast<std::size_t>(std::min(kChunkBytes, piece.where.bytes)));
  return Stream(
      file, piece, [&](std::uint64_t, std::size_t size) { return buffer.bytes().first(size); },
      [&](std::uint64_t at, std::span<const std::byte> chunk) -> Status {
        const std::uint64_t chunk_end = at + chunk.size();
        while (!runs.done() && runs.from() < chunk_end) {
          const std::uint64_t run_end = runs.from() + runs.run_bytes();
          const std::uint64_t begin = std::max(runs.from(), at);
          const std::uint64_t end = std::min(run_end, chunk_end);
          std::memcpy(out.data() + runs.to() + (begin - runs.from()), chunk.data() + (begin - at),
                      end - begin);
          if (run_end > chunk_end) break;  // The next chunk has the rest.
          runs.Next();
        }
        return {};
      });
}

Status PieceReader::ReadRuns(const io::ByteSource& file, const StoredPiece& piece, Runs runs,
                             std::span<std::byte> out, bool verify) const {
  REGRAFT_CHECK(CheckInFile(file, piece));
  if (runs.done() || runs.run_bytes() != piece.where.bytes) {
    if (verify && piece.checksum.IsOfBytes()) {
      return ReadRunsVerified(file, piece, std::move(runs), out);
    }
    return ReadRunsOnly(file, piece, std::move(runs), out);
  }
  const auto whole =
      out.subspan(static_cast<std::size_t>(runs.to()), static_cast<std::size_t>(runs.run_bytes()));
  if (!verify) return file.ReadAt(piece.where.offset, whole);
  return Stream(
      file, piece,
      [&](std::uint64_t at, std::size_t size) {
        return whole.subspan(static_cast<std::size_t>(at), size);
      },
      [](std::uint64_t, std::span<const std::byte>) -> Status { return {}; });
}

}  // namespace regraft::archive
