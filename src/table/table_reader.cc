#include "table/table_reader.h"

#include <fmt/format.h>
#include <snappy.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/try.h"
#include "digest/crc32c.h"
#include "table/format.h"

namespace regraft::table {
namespace {

// Up to this size the whole file is read at once.
constexpr std::uint64_t kReadWhole = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostUncompressed = std::uint64_t{64} << 20;

using Visitor = std::function<Status(std::string_view key, std::string_view value)>;

// Exactly as many bytes as asked for, and not cleared before they are filled: a sanitizer
// sees a read of one byte more, which the spare room of a string would hide.
struct Memory {
  Memory() = default;
  explicit Memory(std::size_t count)
      : bytes(std::make_unique_for_overwrite<char[]>(count)), size(count) {}
  std::span<char> span() { return {bytes.get(), size}; }
  std::string_view view() const { return {bytes.get(), size}; }

  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
};

std::uint64_t LoadMagic(std::string_view bytes) {
  return std::uint64_t{LoadFixed32(bytes.substr(4))} << 32 | LoadFixed32(bytes);
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
      whole_ = Memory(file_.size());
      REGRAFT_CHECK(file_.ReadAt(0, std::as_writable_bytes(whole_.span())));
    }
    REGRAFT_TRY(const BlockHandle index, IndexHandle());
    Memory index_memory;
    REGRAFT_TRY(const std::string_view index_block, Block(index, index_memory));

    // The index says where each data block lies and up to which key it goes.
    Memory block_memory;
    std::string last_key;
    bool first_key = true;
    std::optional<std::string> bound;
    return Entries(
        index_block, index.offset,
        [&](std::string_view index_key, std::string_view value) -> Status {
          // More bytes may follow the handle; TensorFlow takes them as well.
          const std::optional<BlockHandle> handle = TakeHandle(value);
          if (!handle) {
            return Corrupt("table/bad-handle", index.offset, "a block handle cannot be read");
          }
          REGRAFT_TRY(const std::string_view block, Block(*handle, block_memory));
          REGRAFT_CHECK(Entries(
              block, handle->offset, [&](std::string_view key, std::string_view entry) -> Status {
                const bool ascending = first_key || key > last_key;
                const bool separated = key <= index_key && (!bound || key > *bound);
                if (!ascending || !separated) {
                  return Corrupt("table/key-order", handle->offset,
                                 "the keys are not in ascending order");
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
    return Fail(
        Error(ErrorCode::kCorrupt, slug, std::move(what)).InFile(file_.name()).AtOffset(offset));
  }

  Result<BlockHandle> IndexHandle() {
    const std::uint64_t at = file_.size() - kFooterBytes;
    Memory read;
    std::string_view footer;
    if (whole_.size != 0) {
      footer = whole_.view().substr(at);
    } else {
      read = Memory(kFooterBytes);
      REGRAFT_CHECK(file_.ReadAt(at, std::as_writable_bytes(read.span())));
      footer = read.view();
    }
    const std::size_t magic_at = kFooterBytes - kMagicBytes;
    if (LoadMagic(footer.substr(magic_at)) != kMagic) {
      return Corrupt("table/bad-magic", at + magic_at,
                     "the file does not end with the magic number of an index file");
    }
    std::string_view handles = footer.substr(0, magic_at);
    // The first handle is that of the metaindex block, which nothing uses.
    std::optional<BlockHandle> handle = TakeHandle(handles);
    if (handle) handle = TakeHandle(handles);
    if (!handle) {
      return Corrupt("table/bad-handle", at, "the footer's block handles cannot be read");
    }
    return *handle;
  }

  // The block's entries and restarts, uncompressed; a view into `memory` or the whole file.
  Result<std::string_view> Block(const BlockHandle& handle, Memory& memory) {
    const auto stored = CheckedAdd(handle.size, std::uint64_t{kTrailerBytes});
    const auto end = stored ? CheckedAdd(handle.offset, *stored) : std::nullopt;
    if (!end || *end > file_.size()) {
      return Corrupt("table/block-past-end", handle.offset,
                     fmt::format("a block of {} bytes reaches past the end of the file ({} bytes)",
                                 handle.size, file_.size()));
    }
    std::string_view bytes;
    if (whole_.size != 0) {
      bytes = whole_.view().substr(handle.offset, *stored);
    } else {
      memory = Memory(*stored);
      REGRAFT_CHECK(file_.ReadAt(handle.offset, std::as_writable_bytes(memory.span())));
      bytes = memory.view();
    }
    const std::string_view checked = bytes.substr(0, handle.size + 1);
    if (options_.verify_checksums) {
      const std::uint32_t wanted = digest::UnmaskCrc(LoadFixed32(bytes.substr(handle.size + 1)));
      const std::uint32_t found = digest::Crc32c(std::as_bytes(std::span(checked)));
      if (wanted != found) {
        return Corrupt("table/checksum", handle.offset,
                       fmt::format("a block of the index is damaged: stored CRC-32C {:08x}, "
                                   "computed {:08x}",
                                   wanted, found));
      }
    }
    const std::string_view contents = bytes.substr(0, handle.size);
    switch (checked.back()) {
      case kRawBlock:
        return contents;
      case kSnappyBlock:
        return Uncompressed(contents, handle.offset, memory);
      default:
        return Fail(Error(ErrorCode::kUnsupported, "table/block-type",
                          fmt::format("a block has the unknown compression type {}",
                                      static_cast<int>(checked.back())))
                        .InFile(file_.name())
                        .AtOffset(handle.offset));
    }
  }

  Result<std::string_view> Uncompressed(std::string_view compressed, std::uint64_t offset,
                                        Memory& memory) {
    std::size_t size = 0;
    // No Snappy element of n bytes yields more than 64 / 3 * n.
    const std::uint64_t possible = 22 * std::uint64_t{compressed.size()} + 64;
    if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size) ||
        size > possible || size > kMostUncompressed) {
      return Corrupt("table/compressed-block", offset,
                     "a compressed block states an impossible size");
    }
    Memory out(size);
    if (!snappy::RawUncompress(compressed.data(), compressed.size(), out.bytes.get())) {
      return Corrupt("table/compressed-block", offset, "a compressed block cannot be uncompressed");
    }
    memory = std::move(out);
    return memory.view();
  }

  // Decodes the entries of a block in order. Only a binary search needs the restarts, but a
  // reader that starts at one must find there what this one finds. It also follows that a
  // block without entries has one restart: an index that names a large block many times
  // would cost the product of both.
  template <typename Visit>
  Status Entries(std::string_view block, std::uint64_t offset, Visit visit) const {
    const auto bad = [&](const char* what) { return Corrupt("table/bad-block", offset, what); };
    if (block.size() < 4) return bad("a block is too short for its restart count");
    const std::uint64_t count = LoadFixed32(block.substr(block.size() - 4));
    if (4 * count + 4 > block.size()) return bad("a block's restart array does not fit");
    const std::size_t end = block.size() - 4 - 4 * count;
    std::string_view restarts = block.substr(end, 4 * count);
    if (restarts.empty() || LoadFixed32(restarts) != 0) {
      return bad("a block's first restart is not its start");
    }
    std::string_view rest = block.substr(0, end);
    std::string key;
    while (!rest.empty()) {
      const bool restart = !restarts.empty() && LoadFixed32(restarts) == end - rest.size();
      if (restart) restarts.remove_prefix(4);
      const auto shared = TakeVarint32(rest);
      const auto added = shared ? TakeVarint32(rest) : std::nullopt;
      const auto value_size = added ? TakeVarint32(rest) : std::nullopt;
      if (!value_size) return bad("an entry's lengths cannot be read");
      if (*shared > key.size() || std::uint64_t{*added} + *value_size > rest.size()) {
        return bad("an entry reaches past its block");
      }
      if (restart && *shared != 0) return bad("a restart is not at a whole key");
      key.resize(*shared);
      key.append(rest.substr(0, *added));
      REGRAFT_CHECK(visit(std::string_view(key), rest.substr(*added, *value_size)));
      rest.remove_prefix(std::size_t{*added} + *value_size);
    }
    if (restarts.size() > (end == 0 ? 4u : 0u)) return bad("a restart is not at an entry");
    return {};
  }

  const io::ByteSource& file_;
  const ReadOptions options_;
  Memory whole_;  // Empty if the file is too large for that.
};

}  // namespace

Status ScanTable(const io::ByteSource& file, const ReadOptions& options, const Visitor& visit) {
  return Scanner(file, options).Run(visit);
}

bool LooksLikeTable(const io::ByteSource& file) {
  if (file.size() < kFooterBytes) return false;
  Memory magic(kMagicBytes);
  const auto bytes = std::as_writable_bytes(magic.span());
  return file.ReadAt(file.size() - kMagicBytes, bytes) && LoadMagic(magic.view()) == kMagic;
}

}  // namespace regraft::table
