// formats/torch/storages.h - where the values of a view are, and how they are made if need be.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "archive/stored_tensor.h"
#include "formats/torch/tensors.h"
#include "formats/zip/directory.h"
#include "regraft/buffer.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::torch {

/// A view with the member that has its values.
struct Placed {
  View view;
  zip::Member storage;
  std::uint64_t begin = 0;    ///< Its first byte in the storage.
  std::uint64_t reached = 0;  ///< Bytes from there to the end of its last element.

  /// True if it is stored as a tensor needs it.
  bool IsInPlace() const;
  /// True if its bytes are those that the storage's checksum is of.
  bool IsWhole() const { return begin == 0 && reached == storage.bytes; }
};

/// Errors: kCorrupt "torch/damaged" for a view that reaches beyond its storage; kUnsupported
///         "torch/limit" for one that repeats few values so often that it is far larger than they
///         are.
Result<Placed> Place(View view, const zip::Member& storage);

/// The values in row-major order, in the byte order in which they are stored. What is of a whole
/// storage is compared with its checksum.
/// Errors: kCorrupt "zip/damaged".
Result<Buffer> Gather(const io::ByteSource& file, const Placed& placed);

}  // namespace regraft::torch
