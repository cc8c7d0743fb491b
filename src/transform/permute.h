// transform/permute.h - elements of an array in another order of its axes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regraft/tensor.h"

namespace regraft::transform {

/// Copies `in`, of the shape `from`, so that axis i of the result is axis axes[i] of `from`.
/// Cost: one pass; tiles keep it within the cache where the last axis moves.
void Permute(std::size_t element_bytes, const Shape& from, std::span<const std::size_t> axes,
             std::span<const std::byte> in, std::span<std::byte> out);

/// Copies the array of the shape `shape` whose neighbours along axis i lie steps[i] elements apart
/// in `in`; the first element is the first of `in`. A step may be 0.
/// Pre:  in.size() reaches to the last element; out.size() is that of the shape.
/// Cost: as Permute().
void CopyStrided(std::size_t element_bytes, const Shape& shape, std::span<const std::int64_t> steps,
                 std::span<const std::byte> in, std::span<std::byte> out);

}  // namespace regraft::transform
