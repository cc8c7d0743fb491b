#include "formats/hdf5/object_header.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "base/try.h"

namespace regraft::hdf5 {
namespace {

constexpr std::size_t kMostBlocks = 64;
// A message says its size in 16 bits; a block holds several of them.
constexpr std::uint64_t kMostBlockBytes = std::uint64_t{64} << 20;

struct Extent {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

}  // namespace

Result<std::vector<Message>> ReadObjectHeader(const Input& input, std::uint64_t address) {
  REGRAFT_TRY(const std::string start, input.Read(address, 16, "an object header"));
  if (start.starts_with("OHDR")) {
    return Fail(input.NewLayout(address, "an object is described in the newer way of HDF5"));
  }
  Fields head(start);
  const std::uint8_t version = head.U8();
  head.Skip(1);
  const std::uint16_t count = head.U16();
  head.Skip(4);
  if (version != 1) {
    return Fail(input.Damaged(
        address, fmt::format("an object header has the version {}, which there is not", version)));
  }
  std::vector<Extent> blocks = {{address + 16, head.U32()}};
  std::vector<Message> messages;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < blocks.size() && seen < count; ++i) {
    const Extent block = blocks[i];
    if (block.bytes > kMostBlockBytes) {
      return Fail(input.Damaged(block.address, "a block of an object header is too large"));
    }
    REGRAFT_TRY(const std::string bytes,
                input.Read(block.address, block.bytes, "a block of an object header"));
    Fields fields(bytes);
    while (seen < count && fields.left() >= 8) {
      Message message;
      message.type = fields.U16();
      const std::uint16_t size = fields.U16();
      message.flags = fields.U8();
      fields.Skip(3);
      message.address = block.address + fields.at();
      message.data = fields.Bytes(size);
      if (!fields.whole()) {
        return Fail(input.Damaged(message.address, "a message of an object header is cut off"));
      }
      ++seen;
      if (message.type == kNil) continue;
      if (message.type != kContinuation) {
        messages.push_back(std::move(message));
        continue;
      }
      Fields where(message.data);
      const Extent next = {where.U64(), where.U64()};
      if (!where.whole() || blocks.size() == kMostBlocks) {
        return Fail(input.Damaged(message.address, "an object header does not come to its end"));
      }
      blocks.push_back(next);
    }
  }
  if (seen < count) {
    return Fail(input.Damaged(
        address, fmt::format("an object header has {} of its {}", seen, Plural(count, "message"))));
  }
  return messages;
}

}  // namespace regraft::hdf5
