#include "edit/cast_entry.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/thread_pool.h"
#include "base/try.h"
#include "tensor/bulk.h"

namespace regraft::edit {
namespace {

constexpr std::int64_t kChunkElements = std::int64_t{1} << 20;

// Slices of a shape, in row-major order, of at most so many elements each. All axes before
// the one that is cut are taken one by one.
class Chunks {
 public:
  Chunks(const Shape& shape, std::int64_t most) : shape_(shape), at_(shape.rank(), 0) {
    std::int64_t below = 1;  // Elements of one step along the axis.
    axis_ = shape.rank();
    while (axis_ > 0 && below * shape[axis_ - 1] <= most) below *= shape[--axis_];
    if (axis_ > 0) step_ = std::max<std::int64_t>(1, most / below);
    if (axis_ > 0) --axis_;
    done_ = shape.num_elements() == 0;
  }

  bool done() const { return done_; }
  std::vector<SliceRange> ranges() const {
    std::vector<SliceRange> out(shape_.rank(), SliceRange{0, -1});
    for (std::size_t i = 0; i < axis_ && i < out.size(); ++i) out[i] = {at_[i], 1};
    if (axis_ < out.size()) out[axis_] = {at_[axis_], Length()};
    return out;
  }
  std::int64_t elements() const {
    std::int64_t count = axis_ < shape_.rank() ? Length() : 1;
    for (std::size_t i = axis_ + 1; i < shape_.rank(); ++i) count *= shape_[i];
    return count;
  }
  void Next() {
    if (shape_.rank() == 0) {
      done_ = true;
      return;
    }
    at_[axis_] += Length();
    for (std::size_t i = axis_; at_[i] >= shape_[i]; --i) {
      if (i == 0) {
        done_ = true;
        return;
      }
      at_[i] = 0;
      ++at_[i - 1];
    }
  }

 private:
  std::int64_t Length() const { return std::min(step_, shape_[axis_] - at_[axis_]); }

  const Shape& shape_;
  std::vector<std::int64_t> at_;
  std::size_t axis_ = 0;
  std::int64_t step_ = std::int64_t{1} << 62;  // Axis 0 and all below it fit.
  bool done_ = false;
};

constexpr std::size_t kBlock = 512;

double RelativeError(double old_value, double new_value) {
  const double size = std::abs(old_value);
  return std::abs(new_value - old_value) / (size == 0 ? 1.0 : size);
}

// False only if no relative error can be larger than `largest`. Division takes longer than all
// the rest, and after the first blocks hardly one raises the maximum.
bool MayRaise(const double* __restrict old_values, const double* __restrict new_values,
              std::size_t count, double largest) {
  constexpr double kBelow = 1 - 0x1p-50;  // Makes up for the rounding of the product,
  constexpr double kLeast = 0x1p-1000;    // where rounding is relative.
  std::int64_t may = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double size = std::abs(old_values[i]);
    const double error = std::abs(new_values[i] - old_values[i]);
    const double bound = largest * (size == 0 ? 1.0 : size) * kBelow;
    const bool within = (error <= bound) & (bound >= kLeast);
    may |= static_cast<std::int64_t>(!(within | (error == 0)));
  }
  return may != 0;
}

// The largest relative error of some elements, or `largest` if that is larger.
double LargestError(DType from, std::span<const std::byte> before, DType to,
                    std::span<const std::byte> after, double largest) {
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  const std::size_t count = before.size() / old_size;
  double old_values[kBlock], new_values[kBlock];
  for (std::size_t at = 0; at < count; at += kBlock) {
    const std::size_t length = std::min(kBlock, count - at);
    tensor::ElementsAsDoubles(from, before.subspan(at * old_size),
                              std::span(old_values).first(length));
    tensor::ElementsAsDoubles(to, after.subspan(at * new_size),
                              std::span(new_values).first(length));
    if (!MayRaise(old_values, new_values, length, largest)) continue;
    for (std::size_t i = 0; i < length; ++i) {
      if (!std::isfinite(old_values[i]) || !std::isfinite(new_values[i])) continue;
      largest = std::max(largest, RelativeError(old_values[i], new_values[i]));
    }
  }
  return largest;
}

}  // namespace

void MeasureLoss(DType from, std::span<const std::byte> before, DType to,
                 std::span<const std::byte> after, CastLoss& loss) {
  constexpr std::size_t kPart = std::size_t{1} << 18;
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  const std::size_t count = before.size() / old_size;
  std::vector<double> errors((count + kPart - 1) / kPart);
  ParallelFor(errors.size(), 0, [&](std::size_t i) {
    const std::size_t start = i * kPart, length = std::min(kPart, count - start);
    errors[i] =
        LargestError(from, before.subspan(start * old_size, length * old_size), to,
                     after.subspan(start * new_size, length * new_size), loss.largest_error);
  });
  for (const double error : errors) loss.largest_error = std::max(loss.largest_error, error);
}

Status CastEntry(const CheckpointReader& reader, const Entry& entry, DType to,
                 const std::function<Status(std::span<const std::byte>)>& take, CastLoss& loss) {
  loss.key = entry.key;
  const DType from = entry.spec.dtype;
  REGRAFT_CHECK(reader.CheckStored(entry));
  const bool small = entry.slices > 0 || entry.spec.shape.num_elements() <= kChunkElements;
  // The checksum covers the whole tensor, so what is read in parts is checked before.
  if (!small) REGRAFT_CHECK(reader.Verify(entry));
  const std::int64_t most = small ? entry.spec.shape.num_elements() : kChunkElements;
  for (Chunks chunks(entry.spec.shape, most); !chunks.done(); chunks.Next()) {
    const auto count = static_cast<std::size_t>(chunks.elements());
    Buffer in = Buffer::Unfilled(count * ElementBytes(from));
    Buffer out = Buffer::Unfilled(count * ElementBytes(to));
    if (small) {
      REGRAFT_CHECK(reader.Read(entry, in.bytes()));
    } else {
      REGRAFT_CHECK(reader.ReadSlice(entry, chunks.ranges(), in.bytes()));
    }
    auto cast = tensor::CastElements(from, in.bytes(), to, out.bytes(), /*threads=*/0);
    if (!cast) return Fail(std::move(cast).error().ForKey(entry.key));
    loss.overflowed += cast->overflowed;
    MeasureLoss(from, in.bytes(), to, out.bytes(), loss);
    REGRAFT_CHECK(take(out.bytes()));
  }
  return {};
}

}  // namespace regraft::edit
