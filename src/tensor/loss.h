// tensor/loss.h - what a conversion cost the values.
#pragma once

#include <cstddef>

#include "regraft/dtype.h"

namespace regraft::tensor {

/// The largest of |new - old| / |old| (absolute where old is 0) over those of `count` elements
/// that are finite before and after a conversion; or `largest` if that is larger.
double LargestError(DType from, const std::byte* before, DType to, const std::byte* after,
                    std::size_t count, double largest);

}  // namespace regraft::tensor
