// checkpoint/reader_access.h - the bundle behind an opened checkpoint, for those who copy.
#pragma once

#include <functional>

#include "bundle/bundle_reader.h"
#include "regraft/checkpoint.h"
#include "regraft/error.h"

namespace regraft::checkpoint {

struct ReaderAccess {
  /// Calls `use` with the bundle, the tensor of `entry`, and whether the reader verifies
  /// checksums; completes its error as those of reading are.
  /// Errors: also kInvalidArgument "checkpoint/not-its-entry".
  static Status WithStored(
      const CheckpointReader& reader, const Entry& entry,
      const std::function<Status(const bundle::BundleReader& from,
                                 const bundle::BundleTensor& tensor, bool verify)>& use);
};

}  // namespace regraft::checkpoint
