// checkpoint/reader_access.h - the archive behind an opened checkpoint, for those who copy.
#pragma once

#include <functional>

#include "archive/archive.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"

namespace regraft::checkpoint {

struct ReaderAccess {
  /// Calls `use` with the archive, the tensor of `entry`, and whether the reader verifies
  /// checksums; completes its error as those of reading are.
  /// Errors: also kInvalidArgument "checkpoint/not-its-entry".
  static Status WithStored(
      const CheckpointReader& reader, const Entry& entry,
      const std::function<Status(const archive::Archive& from, const archive::StoredTensor& tensor,
                                 bool verify)>& use);
};

}  // namespace regraft::checkpoint
