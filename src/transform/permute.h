// transform/permute.h - elements of an array in another order of its axes.
#pragma once

#include <cstddef>
#include <span>

#include "regraft/tensor.h"

namespace regraft::transform {

/// Copies `in`, of the shape `from`, so that axis i of the result is axis axes[i] of `from`.
/// Cost: one pass; tiles keep it within the cache where the last axis moves.
void Permute(std::size_t element_bytes, const Shape& from, std::span<const std::size_t> axes,
             std::span<const std::byte> in, std::span<std::byte> out);

}  // namespace regraft::transform
