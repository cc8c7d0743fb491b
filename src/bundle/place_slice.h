// bundle/place_slice.h - where a slice lies in its tensor.
#pragma once

#include "bundle/bundle_reader.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "wire/messages.h"

namespace regraft::bundle {

/// A piece with the origin and the extents of the slice, and nothing else, in a tensor of the
/// shape `whole`. Errors: kCorrupt "bundle/bad-slice".
Result<Piece> PlaceSlice(const wire::TensorSlice& slice, const Shape& whole);

}  // namespace regraft::bundle
