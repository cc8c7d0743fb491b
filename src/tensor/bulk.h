// tensor/bulk.h - many elements at once, for callers that have them in memory.
#pragma once

#include <cstddef>
#include <span>

#include "regraft/dtype.h"
#include "regraft/elements.h"
#include "regraft/error.h"

namespace regraft::tensor {

/// CastElements(), where a large tensor is shared by up to `threads` threads (0: as many as the
/// machine has), for a caller that has no better use for them. If all is well, `largest_error`,
/// unless null, is raised to LargestError() of what was cast.
Result<CastResult> CastElements(DType from, std::span<const std::byte> in, DType to,
                                std::span<std::byte> out, std::size_t threads,
                                double* largest_error = nullptr);

/// ElementAsDouble() of each. Pre: as many elements as `out` has.
void ElementsAsDoubles(DType dtype, std::span<const std::byte> elements, std::span<double> out);

}  // namespace regraft::tensor
