// transform/apply.h - ops done to values.
#pragma once

#include <span>
#include <vector>

#include "regraft/buffer.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "transform/op.h"

namespace regraft::transform {

/// Values with their type and shape: row-major, packed.
struct Array {
  TensorSpec spec;
  Buffer bytes;
};

/// Does the ops one behind the other. Values that an op only moves keep their bits.
/// Pre:    numeric types; bytes.size() is spec.Bytes().
/// Errors: those of ShapesAfter(); kUnmet "transform/type" for what needs numbers of the same
///         type, or floats.
/// Memory: what an op makes, beside what it takes.
Result<std::vector<Array>> Apply(std::span<const Op> ops, std::vector<Array> arrays);

}  // namespace regraft::transform
