#include "transform/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/try.h"
#include "regraft/elements.h"
#include "transform/permute.h"
#include "transform/shapes.h"

namespace regraft::transform {
namespace {

using Kind = Op::Kind;

Result<Array> Like(DType dtype, Shape shape) {
  Array array;
  array.spec = {dtype, std::move(shape)};
  REGRAFT_TRY(const std::uint64_t size, array.spec.Bytes());
  array.bytes = Buffer::Unfilled(static_cast<std::size_t>(size));
  return array;
}

// An array seen from one of its axes: what is before it, along it, and behind it, in bytes.
struct Along {
  std::size_t outer = 1;
  std::size_t length = 1;
  std::size_t inner = 1;  // Of one element of the axis.

  Along(const TensorSpec& spec, std::size_t axis) : inner(ElementBytes(spec.dtype)) {
    for (std::size_t i = 0; i < spec.shape.rank(); ++i) {
      const auto dim = static_cast<std::size_t>(spec.shape[i]);
      if (i < axis) outer *= dim;
      if (i == axis) length = dim;
      if (i > axis) inner *= dim;
    }
  }
};

// Copies `count` elements of an axis, for all that is before the axis.
void CopyPart(const Along& from, std::size_t from_at, std::span<const std::byte> in,
              const Along& to, std::size_t to_at, std::span<std::byte> out, std::size_t count) {
  if (count == 0 || from.inner == 0) return;
  for (std::size_t i = 0; i < from.outer; ++i) {
    std::memcpy(out.data() + (i * to.length + to_at) * to.inner,
                in.data() + (i * from.length + from_at) * from.inner, count * from.inner);
  }
}

Result<Array> Part(const Array& array, std::size_t axis, std::size_t begin, std::size_t count,
                   Shape shape) {
  REGRAFT_TRY(Array out, Like(array.spec.dtype, std::move(shape)));
  const Along from(array.spec, axis);
  Along to = from;
  to.length = count;
  CopyPart(from, begin, array.bytes.bytes(), to, 0, out.bytes.bytes(), count);
  return out;
}

Result<Array> Blocks(const Op& op, const Array& array) {
  REGRAFT_TRY(Array out, Like(array.spec.dtype, array.spec.shape));
  const Along along(array.spec, op.axis);
  const std::size_t block = along.length / static_cast<std::size_t>(op.numbers[0]);
  for (std::size_t i = 1; i < op.numbers.size(); ++i) {
    CopyPart(along, static_cast<std::size_t>(op.numbers[i]) * block, array.bytes.bytes(), along,
             (i - 1) * block, out.bytes.bytes(), block);
  }
  return out;
}

// Of one element: `constant` as the type stores it.
Result<Buffer> ElementOf(DType dtype, double constant) {
  Buffer wide = Buffer::CopyOf(std::as_bytes(std::span(&constant, 1)));
  Buffer out = Buffer::Unfilled(ElementBytes(dtype));
  REGRAFT_CHECK(CastElements(DType::kFloat64, wide.bytes(), dtype, out.bytes()));
  return out;
}

bool IsFloat(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBfloat16 || dtype == DType::kFloat32 ||
         dtype == DType::kFloat64;
}

tl::unexpected<Error> NoFloats(const Op& op, DType dtype) {
  return Fail(
      Error(ErrorCode::kUnmet, "transform/type",
            fmt::format("'{}' is for floats, and this is {}", OpText(op), DTypeName(dtype))));
}

// Pre: all are of the type and shape of `out`.
Result<Array> Summed(const Op& op, std::span<const Array> arrays, Array out) {
  const DType dtype = out.spec.dtype;
  if (!IsFloat(dtype)) return NoFloats(op, dtype);
  const std::size_t element = ElementBytes(dtype);
  for (std::size_t at = 0; at < out.bytes.size(); at += element) {
    double sum = 0;
    for (const Array& array : arrays) {
      sum += ElementAsDouble(dtype, array.bytes.bytes().subspan(at, element));
    }
    REGRAFT_TRY(const Buffer stored, ElementOf(dtype, sum));
    std::memcpy(out.bytes.bytes().data() + at, stored.bytes().data(), element);
  }
  return out;
}

Result<Array> Joined(const Op& op, std::span<const Array> arrays, Shape shape) {
  for (const Array& array : arrays) {
    if (array.spec.dtype == arrays.front().spec.dtype) continue;
    return Fail(
        Error(ErrorCode::kUnmet, "transform/type",
              fmt::format("'{}' wants arrays of one type, and there are {} and {}", OpText(op),
                          DTypeName(arrays.front().spec.dtype), DTypeName(array.spec.dtype))));
  }
  REGRAFT_TRY(Array out, Like(arrays.front().spec.dtype, std::move(shape)));
  if (op.kind == Kind::kSum) return Summed(op, arrays, std::move(out));
  const bool stacked = op.kind == Kind::kStack;
  const Along to(out.spec, op.axis);
  std::size_t at = 0;
  for (const Array& array : arrays) {
    Along from(array.spec, op.axis);
    if (stacked) {
      // As if the array had the new axis, with one element.
      from.inner *= op.axis < array.spec.shape.rank() ? from.length : 1;
      from.length = 1;
    }
    CopyPart(from, 0, array.bytes.bytes(), to, at, out.bytes.bytes(), from.length);
    at += from.length;
  }
  return out;
}

Result<Array> Filled(const Op& op, const Array& array) {
  REGRAFT_TRY(const Buffer element, ElementOf(array.spec.dtype, op.constant));
  REGRAFT_TRY(Array out, Like(array.spec.dtype, array.spec.shape));
  for (std::size_t at = 0; at < out.bytes.size(); at += element.size()) {
    std::memcpy(out.bytes.bytes().data() + at, element.bytes().data(), element.size());
  }
  return out;
}

Result<Array> Added(const Op& op, Array array) {
  if (!IsFloat(array.spec.dtype)) {
    return NoFloats(op, array.spec.dtype);
  }
  const std::size_t element = ElementBytes(array.spec.dtype);
  const auto add = [&](std::span<std::byte> bytes) -> Status {
    for (std::size_t at = 0; at < bytes.size(); at += element) {
      const double sum =
          ElementAsDouble(array.spec.dtype, bytes.subspan(at, element)) + op.constant;
      REGRAFT_TRY(const Buffer stored, ElementOf(array.spec.dtype, sum));
      std::memcpy(bytes.data() + at, stored.bytes().data(), element);
    }
    return {};
  };
  if (op.numbers.empty()) {
    REGRAFT_CHECK(add(array.bytes.bytes()));
    return array;
  }
  const Along along(array.spec, op.axis);
  const auto begin = static_cast<std::size_t>(op.numbers[0]);
  const auto count = static_cast<std::size_t>(op.numbers[1]) - begin;
  for (std::size_t i = 0; i < along.outer; ++i) {
    REGRAFT_CHECK(add(array.bytes.bytes().subspan((i * along.length + begin) * along.inner,
                                                  count * along.inner)));
  }
  return array;
}

Result<Array> Cast(const Op& op, const Array& array) {
  if (!IsCastable(array.spec.dtype)) {
    return Fail(
        Error(ErrorCode::kUnmet, "transform/type",
              fmt::format("'{}' cannot be done to {}", OpText(op), DTypeName(array.spec.dtype))));
  }
  REGRAFT_TRY(Array out, Like(op.dtype, array.spec.shape));
  REGRAFT_CHECK(CastElements(array.spec.dtype, array.bytes.bytes(), op.dtype, out.bytes.bytes()));
  return out;
}

Result<Array> One(const Op& op, Array array, Shape shape) {
  switch (op.kind) {
    case Kind::kTranspose: {
      REGRAFT_TRY(Array out, Like(array.spec.dtype, std::move(shape)));
      Permute(ElementBytes(array.spec.dtype), array.spec.shape, AxesOf(op, array.spec.shape.rank()),
              array.bytes.bytes(), out.bytes.bytes());
      return out;
    }
    case Kind::kBlocks:
      return Blocks(op, array);
    case Kind::kSelect:
      return Part(array, op.axis, static_cast<std::size_t>(op.numbers[0]), 1, std::move(shape));
    case Kind::kSlice:
      return Part(array, op.axis, static_cast<std::size_t>(op.numbers[0]),
                  static_cast<std::size_t>(op.numbers[1] - op.numbers[0]), std::move(shape));
    case Kind::kAdd:
      return Added(op, std::move(array));
    case Kind::kFill:
      return Filled(op, array);
    case Kind::kCast:
      return Cast(op, array);
    default:  // The same elements in the same order.
      array.spec.shape = std::move(shape);
      return array;
  }
}

Status Parted(const Op& op, const Array& array, std::vector<Shape> shapes,
              std::vector<Array>& out) {
  std::size_t at = 0;
  for (Shape& shape : shapes) {
    const std::size_t count =
        op.kind == Kind::kUnstack ? 1 : static_cast<std::size_t>(shape[op.axis]);
    REGRAFT_TRY(out.emplace_back(), Part(array, op.axis, at, count, std::move(shape)));
    at += count;
  }
  return {};
}

Result<std::vector<Array>> Done(const Op& op, std::vector<Array> arrays) {
  std::vector<Shape> before;
  for (const Array& array : arrays) before.push_back(array.spec.shape);
  std::vector<Array> out;
  if (IsJoining(op.kind)) {
    REGRAFT_TRY(std::vector<Shape> after, ShapesAfter(op, std::span<const Shape>(before)));
    REGRAFT_TRY(out.emplace_back(), Joined(op, arrays, std::move(after.front())));
    return out;
  }
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    REGRAFT_TRY(std::vector<Shape> after, ShapesAfter(op, std::span(&before[i], 1)));
    if (op.kind == Kind::kSplit || op.kind == Kind::kUnstack) {
      REGRAFT_CHECK(Parted(op, arrays[i], std::move(after), out));
    } else {
      REGRAFT_TRY(out.emplace_back(), One(op, std::move(arrays[i]), std::move(after.front())));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<Array>> Apply(std::span<const Op> ops, std::vector<Array> arrays) {
  for (const Op& op : ops) {
    REGRAFT_TRY(arrays, Done(op, std::move(arrays)));
  }
  return arrays;
}

}  // namespace regraft::transform
