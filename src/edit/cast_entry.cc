#include "edit/cast_entry.h"

#include <algorithm>
#include <vector>

#include "base/thread_pool.h"
#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "checkpoint/reader_access.h"
#include "edit/before_writing.h"
#include "regraft/buffer.h"
#include "regraft/elements.h"
#include "tensor/bulk.h"
#include "tensor/loss.h"

namespace regraft::edit {
void MeasureLoss(DType from, std::span<const std::byte> before, DType to,
                 std::span<const std::byte> after, std::size_t threads, CastLoss& loss) {
  constexpr std::size_t kPart = std::size_t{1} << 18;
  const std::size_t old_size = ElementBytes(from), new_size = ElementBytes(to);
  const std::size_t count = before.size() / old_size;
  std::vector<double> errors((count + kPart - 1) / kPart);
  ParallelFor(errors.size(), threads, [&](std::size_t i) {
    const std::size_t start = i * kPart, length = std::min(kPart, count - start);
    errors[i] = tensor::LargestError(from, before.data() + start * old_size, to,
                                     after.data() + start * new_size, length, loss.largest_error);
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
    auto cast = tensor::CastElements(from, in, to, made, run.threads, &loss.largest_error);
    if (!cast) return Fail(std::move(cast).error().ForKey(entry.key));
    loss.overflowed += cast->overflowed;
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
