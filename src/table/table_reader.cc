#include "table/table_reader.h"

#include <fmt/format.h>
#include <snappy.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "base/checked.h"
#include "base/try.h"
#include "io/crc32c.h"
#include "table/format.h"

namespace regraft::table {
namespace {

// Up to this size the whole file is read at once.
constexpr std::uint64_t kReadWhole = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostUncompressed = std::uint64_t{64} << 20;

using Visitor = std::function<Status(std::string_view key, std::string_view value)>;

std::span<std::byte> WritableBytes(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

class Scanner {
 public:
  Scanner(const io::ByteSource& file, const ReadOptions& options)
      : file_(file), options_(options) {}

  Status Run(const Visitor& visit) {
    if (file_.size() < kFooterBytes) {
      return Corrupt("table/too-short", 0,
                     fmt::format("{} bytes are too few for an index file", file_.size()));
    }
    if (file_.size() <= kReadWhole) {
      whole_.resize(file_.size());
      REGRAFT_CHECK(file_.ReadAt(0, WritableBytes(whole_)));
    }
    REGRAFT_TRY(const BlockHandle index, IndexHandle());
    std::string index_memory;
    REGRAFT_TRY(const std::string_view index_block, Block(index, index_memory));

    // The index says where each data block lies and up to which key it goes.
    std::string block_memory, last_key;
    bool first_key = true;
    std::optional<std::string> bound;
    return Entries(index_block, index.offset, [&](std::string_view index_key,
                                                  std::string_view value) -> Status {
      const std::optional<BlockHandle> handle = TakeHandle(value);
      if (!handle) return Corrupt("table/bad-handle", index.offset, "a block handle cannot be read");
      REGRAFT_TRY(const std::string_view block, Block(*handle, block_memory));
      REGRAFT_CHECK(Entries(block, handle->offset, [&](std::string_view key,
                                                       std::string_view entry) -> Status {
        const bool ascending = first_key || key > last_key;
        const bool separated = key <= index_key && (!bound || key > *bound);
        if (!ascending || !separated) {
          return Corrupt("table/key-order", handle->offset, "the keys are not in ascending order");
        }
        first_key = false;
        last_key = key;
        return visit(key, entry);
      }));
      bound = index_key;
      return {};
    });
  }

 private:
  tl::unexpected<Error> Corrupt(const char* slug, std::uint64_t offset, std::string what) const {
    return Fail(Error(ErrorCode::kCorrupt, slug, std::move(what)).InFile(file_.name()).AtOffset(offset));
  }

  Result<BlockHandle> IndexHandle() {
    const std::uint64_t at = file_.size() - kFooterBytes;
    std::string footer(kFooterBytes, '\0');
    if (!whole_.empty()) {
      footer = whole_.substr(at);
    } else {
      REGRAFT_CHECK(file_.ReadAt(at, WritableBytes(footer)));
    }
    std::string_view magic = std::string_view(footer).substr(kFooterBytes - 8);
    const std::uint64_t low = LoadFixed32(magic), high = LoadFixed32(magic.substr(4));
    if ((high << 32 | low) != kMagic) {
      return Corrupt("table/bad-magic", at + kFooterBytes - 8,
                     "the file does not end with the magic number of an index file");
    }
    std::string_view handles = std::string_view(footer).substr(0, kFooterBytes - 8);
    // The first handle is that of the metaindex block, which nothing uses.
    std::optional<BlockHandle> handle = TakeHandle(handles);
    if (handle) handle = TakeHandle(handles);
    if (!handle) return Corrupt("table/bad-handle", at, "the footer's block handles cannot be read");
    return *handle;
  }

  // The block's entries and restarts, uncompressed; a view into `memory` or the whole file.
  Result<std::string_view> Block(const BlockHandle& handle, std::string& memory) {
    const auto stored = CheckedAdd(handle.size, std::uint64_t{kTrailerBytes});
    const auto end = stored ? CheckedAdd(handle.offset, *stored) : std::nullopt;
    if (!end || *end > file_.size()) {
      return Corrupt("table/block-past-end", handle.offset,
                     fmt::format("a block of {} bytes reaches past the end of the file ({} bytes)",
                                 handle.size, file_.size()));
    }
    std::string_view bytes;
    if (!whole_.empty()) {
      bytes = std::string_view(whole_).substr(handle.offset, *stored);
    } else {
      memory.resize(*stored);
      REGRAFT_CHECK(file_.ReadAt(handle.offset, WritableBytes(memory)));
      bytes = memory;
    }
    const std::string_view checked = bytes.substr(0, handle.size + 1);
    if (options_.verify_checksums) {
      const std::uint32_t wanted = io::UnmaskCrc(LoadFixed32(bytes.substr(handle.size + 1)));
      const std::uint32_t found = io::Crc32c(std::as_bytes(std::span(checked)));
      if (wanted != found) {
        return Corrupt("table/checksum", handle.offset,
                       fmt::format("a block of the index is damaged: stored CRC-32C {:08x}, computed {:08x}",
                                   wanted, found));
      }
    }
    const std::string_view contents = bytes.substr(0, handle.size);
    switch (checked.back()) {
      case kRawBlock: return contents;
      case kSnappyBlock: return Uncompressed(contents, handle.offset, memory);
      default:
        return Fail(Error(ErrorCode::kUnsupported, "table/block-type",
                          fmt::format("a block has the unknown compression type {}",
                                      static_cast<int>(checked.back())))
                        .InFile(file_.name())
                        .AtOffset(handle.offset));
    }
  }

  Result<std::string_view> Uncompressed(std::string_view compressed, std::uint64_t offset,
                                        std::string& memory) {
    std::size_t size = 0;
    // No Snappy element of n bytes yields more than 64 / 3 * n.
    const std::uint64_t possible = 22 * std::uint64_t{compressed.size()} + 64;
    if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size) ||
        size > possible || size > kMostUncompressed) {
      return Corrupt("table/compressed-block", offset, "a compressed block states an impossible size");
    }
    std::string out(size, '\0');
    if (!snappy::RawUncompress(compressed.data(), compressed.size(), out.data())) {
      return Corrupt("table/compressed-block", offset, "a compressed block cannot be uncompressed");
    }
    memory = std::move(out);
    return std::string_view(memory);
  }

  // Decodes the entries of a block in order. The restart array only serves binary search;
  // its size is what tells where the entries end.
  template <typename Visit>
  Status Entries(std::string_view block, std::uint64_t offset, Visit visit) const {
    const auto bad = [&](const char* what) { return Corrupt("table/bad-block", offset, what); };
    if (block.size() < 4) return bad("a block is too short for its restart count");
    const std::uint64_t restarts = LoadFixed32(block.substr(block.size() - 4));
    if (4 * restarts + 4 > block.size()) return bad("a block's restart array does not fit");
    std::string_view rest = block.substr(0, block.size() - 4 - 4 * restarts);
    std::string key;
    while (!rest.empty()) {
      const auto shared = TakeVarint32(rest);
      const auto added = shared ? TakeVarint32(rest) : std::nullopt;
      const auto value_size = added ? TakeVarint32(rest) : std::nullopt;
      if (!value_size) return bad("an entry's lengths cannot be read");
      if (*shared > key.size() || std::uint64_t{*added} + *value_size > rest.size()) {
        return bad("an entry reaches past its block");
      }
      key.resize(*shared);
      key.append(rest.substr(0, *added));
      REGRAFT_CHECK(visit(std::string_view(key), rest.substr(*added, *value_size)));
      rest.remove_prefix(std::size_t{*added} + *value_size);
    }
    return {};
  }

  const io::ByteSource& file_;
  const ReadOptions options_;
  std::string whole_;
};

}  // namespace

Status ScanTable(const io::ByteSource& file, const ReadOptions& options, const Visitor& visit) {
  return Scanner(file, options).Run(visit);
}

bool LooksLikeTable(const io::ByteSource& file) {
  if (file.size() < kFooterBytes) return false;
  std::string magic(8, '\0');
  if (!file.ReadAt(file.size() - 8, WritableBytes(magic))) return false;
  return (std::uint64_t{LoadFixed32(std::string_view(magic).substr(4))} << 32 | LoadFixed32(magic)) == kMagic;
}

}  // namespace regraft::table
