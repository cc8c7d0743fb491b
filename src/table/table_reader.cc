#include "table/table_reader.h"

#include <memory>
#include <optional>
#include <string>

#include "base/try.h"
#include "table/blocks.h"
#include "table/format.h"

namespace regraft::table {
namespace {

// Up to this size the whole file is read at once.
constexpr std::uint64_t kReadWhole = std::uint64_t{64} << 20;

}  // namespace

Status ScanTable(const io::ByteSource& file, const ReadOptions& options, const Visitor& visit) {
  BlockReader blocks(file, options);
  if (file.size() >= kFooterBytes && file.size() <= kReadWhole) REGRAFT_CHECK(blocks.ReadWhole());
  REGRAFT_TRY(const BlockHandle index, blocks.IndexHandle());
  Memory index_memory;
  REGRAFT_TRY(const std::string_view index_block, blocks.Block(index, index_memory));

  // The index says where each data block lies and up to which key it goes.
  Memory block_memory;
  std::string last_key;
  bool first_key = true;
  std::optional<std::string> bound;
  return blocks.Entries(
      index_block, index.offset, [&](std::string_view index_key, std::string_view value) -> Status {
        // More bytes may follow the handle; TensorFlow takes them as well.
        const std::optional<BlockHandle> handle = TakeHandle(value);
        if (!handle) {
          return blocks.Corrupt("table/bad-handle", index.offset, "a block handle cannot be read");
        }
        REGRAFT_TRY(const std::string_view block, blocks.Block(*handle, block_memory));
        REGRAFT_CHECK(blocks.Entries(
            block, handle->offset, [&](std::string_view key, std::string_view entry) -> Status {
              const bool ascending = first_key || key > last_key;
              const bool separated = key <= index_key && (!bound || key > *bound);
              if (!ascending || !separated) {
                return blocks.Corrupt("table/key-order", handle->offset,
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

}  // namespace regraft::table
