// formats/torch/tensors.h - the tensors in a pickle's values, with names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/torch/value.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::torch {

/// A tensor as a view of a storage. Counted in elements of its type.
struct View {
  std::string key;  ///< "model/0.weight": its place in dicts and lists.
  TensorSpec spec;
  std::string storage;  ///< The key of the storage: the member "data/<key>".
  std::uint64_t offset = 0;
  std::vector<std::int64_t> strides;
  /// Why its values cannot be had, as "a sparse tensor". Then spec and storage are empty.
  std::string opaque;
};

/// What was found.
struct Found {
  std::vector<View> tensors;  ///< Sorted by key.
  std::size_t others = 0;     ///< Values that are no tensors.
};

/// Walks through dicts and lists. A key is the way to the tensor, its parts joined by '/'; a tensor
/// that stands in the outermost dict has that dict's key alone.
/// Errors: kCorrupt "torch/damaged" for sizes, strides and types that cannot be; kUnsupported
///         "torch/limit" for what is nested deeper than 100, or has keys of more than 64 MiB.
Result<Found> FindTensors(const Values& values);

}  // namespace regraft::torch
