// bundle/place_slice.h - where a slice lies in its tensor.
#pragma once

#include <span>
#include <vector>

#include "archive/stored_tensor.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "wire/messages.h"

namespace regraft::bundle {

/// A piece with the origin and the extents of the slice, and nothing else, in a tensor of the
/// shape `whole`. Errors: kCorrupt "bundle/bad-slice".
Result<archive::StoredPiece> PlaceSlice(const wire::TensorSlice& slice, const Shape& whole);

/// The extents as an archive has them, and as the index does: in both -1 is a whole axis.
std::vector<SliceRange> SpelledAs(const wire::TensorSlice& slice);
wire::TensorSlice SliceOf(std::span<const SliceRange> spelled);

}  // namespace regraft::bundle
