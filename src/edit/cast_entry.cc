#include "edit/cast_entry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/try.h"

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

std::vector<double> AsDoubles(DType dtype, std::span<const std::byte> bytes) {
  const std::size_t size = ElementBytes(dtype);
  std::vector<double> out(bytes.size() / size);
  // Only a loss is an error, and to float64 nothing is lost but of large integers.
  if (!CastElements(dtype, bytes, DType::kFloat64, std::as_writable_bytes(std::span(out)))) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = ElementAsDouble(dtype, bytes.subspan(i * size, size));
    }
  }
  return out;
}

}  // namespace

void MeasureLoss(DType from, std::span<const std::byte> before, DType to,
                 std::span<const std::byte> after, CastLoss& loss) {
  const std::vector<double> old_values = AsDoubles(from, before);
  const std::vector<double> new_values = AsDoubles(to, after);
  for (std::size_t i = 0; i < old_values.size(); ++i) {
    if (!std::isfinite(old_values[i]) || !std::isfinite(new_values[i])) continue;
    const double error = std::abs(new_values[i] - old_values[i]);
    loss.largest_error =
        std::max(loss.largest_error, old_values[i] == 0 ? error : error / std::abs(old_values[i]));
  }
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
    auto cast = CastElements(from, in.bytes(), to, out.bytes());
    if (!cast) return Fail(std::move(cast).error().ForKey(entry.key));
    loss.overflowed += cast->overflowed;
    MeasureLoss(from, in.bytes(), to, out.bytes(), loss);
    REGRAFT_CHECK(take(out.bytes()));
  }
  return {};
}

}  // namespace regraft::edit
