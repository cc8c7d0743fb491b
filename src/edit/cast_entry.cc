#include "edit/cast_entry.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/thread_pool.h"
#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "checkpoint/reader_access.h"
#include "edit/before_writing.h"
#include "regraft/buffer.h"
#include "regraft/elements.h"
#include "tensor/bulk.h"

namespace regraft::edit {
namespace {

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
                 std::span<const std::byte> after, std::size_t threads, CastLoss& loss) {
  constexpr std::size_t kPart = std::size_t{1} << 18;
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  const std::size_t count = before.size() / old_size;
  std::vector<double> errors((count + kPart - 1) / kPart);
  ParallelFor(errors.size(), threads, [&](std::size_t i) {
    const std::size_t start = i * kPart, length = std::min(kPart, count - start);
    errors[i] =
        LargestError(from, before.subspan(start * old_size, length * old_size), to,
                     after.subspan(start * new_size, length * new_size), loss.largest_error);
  });
  for (const double error : errors) loss.largest_error = std::max(loss.largest_error, error);
}

Status CastEntry(const CheckpointReader& reader, const Entry& entry, DType to,
                 const RunOptions& run,
                 const std::function<Status(std::span<const std::byte>)>& take, CastLoss& loss) {
  loss.key = entry.key;
  const DType from = entry.spec.dtype;
  Buffer out;
  const auto convert = [&](std::span<const std::byte> in) -> Status {
    const std::size_t bytes = in.size() / ElementBytes(from) * ElementBytes(to);
    if (out.size() < bytes) out = Buffer::Unfilled(bytes);
    const std::span<std::byte> made = out.bytes().first(bytes);
    auto cast = tensor::CastElements(from, in, to, made, run.threads);
    if (!cast) return Fail(std::move(cast).error().ForKey(entry.key));
    loss.overflowed += cast->overflowed;
    MeasureLoss(from, in, to, made, run.threads, loss);
    return take(made);
  };
  if (reader.StoredAt(entry).slices > 0) {
    REGRAFT_TRY(const Buffer whole, checkpoint::ReadWhole(reader, entry, run));
    return convert(whole.bytes());
  }
  // The checksum is only known at the end. What a value loses is no news if the bytes are others.
  Status converted;
  REGRAFT_CHECK(checkpoint::ReaderAccess::WithStored(
      reader, entry,
      [&](const archive::Archive& archive, const archive::StoredTensor& tensor, bool verify) {
        return archive.Stream(tensor, verify, [&](std::span<const std::byte> in) -> Status {
          if (run.stop.stop_requested()) return Fail(Cancelled());
          if (converted) converted = convert(in);
          return {};
        });
      }));
  return converted;
}

}  // namespace regraft::edit
