#include "bundle/place_slice.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"

namespace regraft::bundle {
namespace {

Error Bad(std::string message) {
  return Error(ErrorCode::kCorrupt, "bundle/bad-slice", std::move(message));
}

}  // namespace

Result<archive::StoredPiece> PlaceSlice(const wire::TensorSlice& slice, const Shape& whole) {
  if (slice.empty() || slice.size() != whole.rank()) {
    return Fail(
        Bad(fmt::format("a slice of rank {} of the tensor {}", slice.size(), whole.ToString())));
  }
  archive::StoredPiece piece;
  std::vector<std::int64_t> lengths;
  for (std::size_t axis = 0; axis < slice.size(); ++axis) {
    const wire::SliceExtent& extent = slice[axis];
    const bool full = extent.start == 0 && extent.length == -1;
    const std::int64_t length = full ? whole[axis] : extent.length;
    if (length <= 0 || extent.start < 0 || extent.start > whole[axis] - length) {
      return Fail(Bad(fmt::format("a slice from {} on of length {} along axis {} of the tensor {}",
                                  extent.start, extent.length, axis, whole.ToString())));
    }
    piece.start.push_back(extent.start);
    lengths.push_back(length);
  }
  REGRAFT_TRY(piece.shape, Shape::Make(std::move(lengths)));
  return piece;
}

std::vector<SliceRange> SpelledAs(const wire::TensorSlice& slice) {
  std::vector<SliceRange> out;
  for (const wire::SliceExtent& extent : slice) out.push_back({extent.start, extent.length});
  return out;
}

wire::TensorSlice SliceOf(std::span<const SliceRange> spelled) {
  wire::TensorSlice out;
  for (const SliceRange& range : spelled) out.push_back({range.start, range.length});
  return out;
}

}  // namespace regraft::bundle
