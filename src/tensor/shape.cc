#include <fmt/format.h>

#include <cassert>

#include "base/checked.h"
#include "regraft/tensor.h"

namespace regraft {
namespace {

std::optional<std::int64_t> ElementsOf(std::span<const std::int64_t> dims) {
  // An extent of 0 makes the product 0, but the others still must not overflow: strides are
  // computed from them.
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    empty |= dim == 0;
    const auto next = CheckedMul(product, dim == 0 ? std::int64_t{1} : dim);
    if (!next) return std::nullopt;
    product = *next;
  }
  return empty ? 0 : product;
}

}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {
  const auto elements = ElementsOf(dims_);
  assert(elements && "a shape's extents are not negative and their product fits");
  num_elements_ = elements.value_or(0);
}

Result<Shape> Shape::Make(std::vector<std::int64_t> dims) {
  const auto elements = ElementsOf(dims);
  if (!elements) {
    return Fail(Error(ErrorCode::kCorrupt, "tensor/bad-shape",
                      fmt::format("the shape [{}] has a negative extent or too many elements",
                                  fmt::join(dims, ","))));
  }
  Shape shape;
  shape.dims_ = std::move(dims);
  shape.num_elements_ = *elements;
  return shape;
}

std::string Shape::ToString() const { return fmt::format("[{}]", fmt::join(dims_, ",")); }

Result<std::uint64_t> TensorSpec::Bytes() const {
  const auto bytes =
      CheckedMul(shape.num_elements(), static_cast<std::int64_t>(ElementBytes(dtype)));
  if (!bytes) {
    return Fail(Error(ErrorCode::kUnsupported, "tensor/too-large",
                      ToString() + " takes more bytes than 63 bits can count"));
  }
  return static_cast<std::uint64_t>(*bytes);
}

Result<std::vector<SliceRange>> ResolveSlice(const Shape& shape,
                                             std::span<const SliceRange> ranges) {
  if (ranges.size() != shape.rank()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "slice/rank",
                      fmt::format("the slice has {} ranges, the shape {} has {} axes",
                                  ranges.size(), shape.ToString(), shape.rank()))
                    .Hint("give one range an axis; ':' takes all of it"));
  }
  std::vector<SliceRange> out;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    SliceRange range = ranges[axis];
    const std::int64_t extent = shape[axis];
    const bool inside = range.start >= 0 && range.start <= extent;
    if (inside && range.length == -1) range.length = extent - range.start;
    if (!inside || range.length < 0 || range.length > extent - range.start) {
      return Fail(Error(
          ErrorCode::kInvalidArgument, "slice/out-of-range",
          fmt::format("the range from {} of length {} is outside of axis {}, which has {} elements",
                      ranges[axis].start, ranges[axis].length, axis, extent)));
    }
    out.push_back(range);
  }
  return out;
}

std::string TensorSpec::ToString() const { return DTypeName(dtype) + shape.ToString(); }

}  // namespace regraft
