#include "edit/write_anew.h"

#include <bit>
#include <vector>

#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "regraft/buffer.h"

namespace regraft::edit {

Status WriteAnew(const CheckpointReader& reader, const Entry& entry, const std::string& key,
                 CheckpointWriter& writer) {
  if (KindOf(entry.spec.dtype) == DTypeKind::kString) {
    REGRAFT_TRY(const std::vector<std::string> values, reader.ReadStrings(entry));
    return writer.AddStrings(key, entry.spec.shape, values);
  }
  REGRAFT_TRY(const Buffer buffer, checkpoint::ReadWhole(reader, entry));
  return writer.Add(key, entry.spec, buffer.bytes());
}

bool IsForeign(const CheckpointReader& reader) {
  return reader.big_endian() != (std::endian::native == std::endian::big);
}

}  // namespace regraft::edit
