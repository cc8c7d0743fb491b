// regraft/tensor.h - shapes, specs, and buffers of elements.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
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

/// An owned, 64-byte aligned block of bytes. Moves and swaps; does not copy.
class Buffer {
 public:
  Buffer() = default;
  /// Zeroed bytes. Throws std::bad_alloc only.
  explicit Buffer(std::size_t size);
  /// Bytes that hold anything, for a caller that fills them all. Throws as above.
  static Buffer Unfilled(std::size_t size);
  static Buffer CopyOf(std::span<const std::byte> bytes);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* p) const noexcept;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t size_ = 0;
};

/// One axis of a slice request: elements [start, start + length).
struct SliceRange {
  std::int64_t start = 0;
  std::int64_t length = -1;  ///< -1: to the end of the axis.
  bool operator==(const SliceRange&) const = default;
};

/// The ranges with every length spelled out.
/// Errors: kInvalidArgument "slice/rank", "slice/out-of-range", naming the axis.
Result<std::vector<SliceRange>> ResolveSlice(const Shape& shape, std::span<const SliceRange> ranges);

/// Converts elements, rounding to nearest even. Complex to real, float to integer and
/// narrowing integers are accepted only if every value is kept by the conversion
/// (NaN and infinities do not fit into integers).
///
/// Pre:    both spans hold the same number of elements and do not overlap, both types are
///         IsCastable().
/// Errors: kUnmet "tensor/cast-loss": an integer or the imaginary part does not fit;
///         the message counts the elements and gives the first. Float to narrower float
///         never fails: overflow becomes infinity and is counted in `overflowed`.
/// Cost:   one pass, no allocation.
struct CastResult {
  std::int64_t overflowed = 0;  ///< Finite values that became infinite.
};
Result<CastResult> CastElements(DType from, std::span<const std::byte> in, DType to,
                                std::span<std::byte> out);

/// Copies the leading corner that two row-major tensors of the same rank share: along
/// each axis min(from, to) elements. Cells of `out` outside of it are not touched.
/// Pre: same rank, spans of the sizes that the shapes imply.
void CopyCorner(std::size_t element_bytes, const Shape& from, std::span<const std::byte> in,
                const Shape& to, std::span<std::byte> out);

/// Reads one numeric element as a double (complex: its real part), for statistics and
/// printing. Pre: a numeric dtype, a span of one element.
double ElementAsDouble(DType dtype, std::span<const std::byte> element);

/// One element as text, exact: shortest digits that read back, "true", "1+2j".
std::string ElementText(DType dtype, std::span<const std::byte> element);

}  // namespace regraft
