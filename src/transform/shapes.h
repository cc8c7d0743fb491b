// transform/shapes.h - what ops make of shapes, and which op undoes another.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "regraft/error.h"
#include "regraft/tensor.h"
#include "transform/op.h"

namespace regraft::transform {

/// The arrays that `op` makes of arrays of these shapes. An op of one array is done to each.
/// Errors: kUnmet "transform/shape", saying which shape does not fit and why.
Result<std::vector<Shape>> ShapesAfter(const Op& op, std::span<const Shape> shapes);

/// The same of all ops, one behind the other. Errors: also the op's spelling.
Result<std::vector<Shape>> ShapesAfter(std::span<const Op> ops, std::vector<Shape> shapes);

/// The op that undoes `op`, which was done to arrays of these shapes; nothing if there is none.
/// Pre: ShapesAfter(op, before) succeeds.
std::optional<Op> InverseOf(const Op& op, std::span<const Shape> before);

/// The axes of a transpose with all of them spelled out.
std::vector<std::size_t> AxesOf(const Op& transpose, std::size_t rank);

/// The sizes of the parts of a split. Pre: as InverseOf().
std::vector<std::int64_t> PartsOf(const Op& split, const Shape& shape);

}  // namespace regraft::transform
