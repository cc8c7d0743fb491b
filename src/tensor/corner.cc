#include <algorithm>
#include <cassert>
#include <cstring>

#include "regraft/elements.h"
#include "regraft/tensor.h"

namespace regraft {
namespace {

void CopyAxis(std::size_t axis, std::size_t element_bytes, const Shape& from, const std::byte* in,
              std::size_t in_bytes, const Shape& to, std::byte* out, std::size_t out_bytes) {
  if (axis == from.rank()) {
    std::memcpy(out, in, element_bytes);
    return;
  }
  const auto rows = static_cast<std::size_t>(std::min(from[axis], to[axis]));
  if (rows == 0) return;
  const std::size_t in_row = in_bytes / static_cast<std::size_t>(from[axis]);
  const std::size_t out_row = out_bytes / static_cast<std::size_t>(to[axis]);
  // Equal rows below this axis are contiguous in both tensors.
  if (std::equal(from.dims().begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.dims().end(),
                 to.dims().begin() + static_cast<std::ptrdiff_t>(axis) + 1)) {
    std::memcpy(out, in, rows * in_row);
    return;
  }
  for (std::size_t i = 0; i < rows; ++i) {
    CopyAxis(axis + 1, element_bytes, from, in + i * in_row, in_row, to, out + i * out_row,
             out_row);
  }
}

}  // namespace

void CopyCorner(std::size_t element_bytes, const Shape& from, std::span<const std::byte> in,
                const Shape& to, std::span<std::byte> out) {
  assert(from.rank() == to.rank());
  if (from.num_elements() == 0 || to.num_elements() == 0) return;
  CopyAxis(0, element_bytes, from, in.data(), in.size(), to, out.data(), out.size());
}

}  // namespace regraft
