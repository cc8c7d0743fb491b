#include "checkpoint/read_whole.h"

#include "base/try.h"

namespace regraft::checkpoint {

Result<Buffer> ReadWhole(const CheckpointReader& reader, const Entry& entry,
                         const RunOptions& run) {
  REGRAFT_CHECK(reader.CheckStored(entry));
  REGRAFT_TRY(const std::uint64_t bytes, entry.spec.Bytes());
  Buffer out = Buffer::Unfilled(bytes);
  REGRAFT_CHECK(reader.Read(entry, out.bytes(), run));
  return out;
}

}  // namespace regraft::checkpoint
