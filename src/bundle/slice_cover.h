// bundle/slice_cover.h - whether stored slices make up the whole tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle_reader.h"
#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::bundle {

/// "[0:2,1:4]": the elements from `start` on, `lengths` along each axis.
std::string RegionText(std::span<const std::int64_t> start, std::span<const std::int64_t> lengths);

/// Checks that `pieces` tile `whole`: every element lies in exactly one of them.
/// Pre:    every piece lies within `whole` and has elements.
/// Errors: kCorrupt "bundle/slices-overlap" and "bundle/slices-missing", naming the first
///         region in row-major order; kUnsupported "bundle/slices-too-many" for a tensor
///         cut along so many axes at once that the check would be slow.
/// Cost:   O(n log n) for n pieces, times 2 to the power of the number of axes cut.
Status CheckCover(const Shape& whole, std::span<const archive::StoredPiece> pieces);

}  // namespace regraft::bundle
