// regraft/tensor.h - shapes, specs and slices of tensors.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/dtype.h"
#include "regraft/error.h"

namespace regraft {

/// The extents of a tensor, outermost first; rank 0 is a scalar. A value.
///
/// A Shape cannot be wrong: no extent is negative and the number of elements fits
/// into 63 bits, so sizes derived from it do not overflow unnoticed.
class Shape {
 public:
  Shape() = default;
  /// From extents that the program itself states.
  /// Pre: as for Make(); anything else is the program's mistake and is asserted.
  Shape(std::initializer_list<std::int64_t> dims);
  /// From extents that came out of a file or from a person.
  /// Errors: kCorrupt "tensor/bad-shape" for a negative extent or too many elements.
  static Result<Shape> Make(std::vector<std::int64_t> dims);

  std::size_t rank() const { return dims_.size(); }
  std::span<const std::int64_t> dims() const { return dims_; }
  std::int64_t operator[](std::size_t axis) const { return dims_[axis]; }
  std::int64_t num_elements() const { return num_elements_; }
  /// TensorFlow's spelling: "[3,3,3,32]", "[]".
  std::string ToString() const;

  bool operator==(const Shape&) const = default;
  auto operator<=>(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dims_;
  std::int64_t num_elements_ = 1;
};

/// Element type and shape: what must agree for bytes to be copied as they are.
struct TensorSpec {
  DType dtype = DType::kInvalid;
  Shape shape;

  /// Bytes in row-major order; 0 for strings, variants and opaque types.
  /// Errors: kUnsupported "tensor/too-large" above 2^63-1.
  Result<std::uint64_t> Bytes() const;
  /// "float32[3,32]".
  std::string ToString() const;
  bool operator==(const TensorSpec&) const = default;
};

/// One axis of a slice request: elements [start, start + length).
struct SliceRange {
  std::int64_t start = 0;
  std::int64_t length = -1;  ///< -1: to the end of the axis.
  bool operator==(const SliceRange&) const = default;
};

/// The ranges with every length spelled out.
/// Errors: kInvalidArgument "slice/rank", "slice/out-of-range", naming the axis.
Result<std::vector<SliceRange>> ResolveSlice(const Shape& shape,
                                             std::span<const SliceRange> ranges);

}  // namespace regraft
