// bundle/index_encoder.h - from tensors to the bytes of an `.index` file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "bundle/bundle_reader.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// The whole index of a bundle that this machine writes, as TensorFlow would.
/// Errors: kInvalidArgument "bundle/duplicate-key": two of the tensors, or of their slices,
///         have one key.
/// Memory: about twice the index.
Result<std::string> EncodeIndex(std::span<const archive::StoredTensor> tensors,
                                std::int32_t num_shards);

/// The error for a key that is there already.
Error DuplicateKey(const std::string& key);

}  // namespace regraft::bundle
