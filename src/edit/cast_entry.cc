#include "edit/cast_entry.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/run_limits.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "checkpoint/reader_access.h"
#include "edit/before_writing.h"
#include "io/sums.h"
#include "regraft/buffer.h"
#include "regraft/elements.h"
#include "restore/engine.h"
#include "tensor/bulk.h"
#include "tensor/loss.h"

namespace regraft::edit {
namespace {

using Take = std::function<Status(std::span<const std::byte>)>;

// What an entry is and becomes, for whom.
struct Cast {
  const Entry& entry;
  DType from, to;
  const RunOptions& run;
  const Take& take;
  CastLoss& loss;

  std::size_t MadeBytes(std::size_t bytes) const {
    return bytes / ElementBytes(from) * ElementBytes(to);
  }
};

// An entry that is stored whole: several threads read and convert parts of it, ahead of the one
// that takes them.
class CastInParts {
 public:
  CastInParts(const Cast& cast, const archive::Archive& archive,
              const archive::StoredTensor& tensor, bool verify)
      : cast_(cast),
        archive_(archive),
        tensor_(tensor),
        piece_(tensor.pieces.front()),
        verify_(verify),
        check_(verify && piece_.checksum.IsOfBytes()),
        parts_(static_cast<std::size_t>((piece_.where.bytes + kCastPart - 1) / kCastPart)) {}

  // What reading comes to. What the conversion did, or taking, is no news if the bytes are others.
  Status Run() {
    if (parts_.empty()) return verify_ ? archive_.CheckEmpty(tensor_) : Status();
    REGRAFT_CHECK(restore::InOrder(
        parts_.size(), Limits(), [&](std::size_t i) { return Cost(i); },
        [&](std::size_t i) { Make(i); }, [&](std::size_t i) { return Use(i); }));
    if (check_) {
      Status same = archive_.CompareChecksum(piece_, sums_);
      if (!same) return Fail(std::move(same).error().ForKey(tensor_.key));
    }
    return {};
  }
  Status converted() && { return std::move(converted_); }

 private:
  struct Memory {
    Buffer in, out;
  };
  struct Part {
    Memory memory;
    Status read;
    io::Sums sums;
    Result<CastResult> cast;
    double largest_error = 0;
  };

  std::uint64_t Start(std::size_t i) const { return i * kCastPart; }
  std::size_t Bytes(std::size_t i) const {
    return static_cast<std::size_t>(std::min(kCastPart, piece_.where.bytes - Start(i)));
  }
  std::uint64_t Cost(std::size_t i) const { return Bytes(i) + cast_.MadeBytes(Bytes(i)); }

  // What is made far ahead is no longer cached when it is taken.
  RunOptions Limits() const {
    RunOptions limits;
    limits.threads = std::min(ThreadsOf(cast_.run), parts_.size());
    limits.memory = std::min(MemoryOf(cast_.run), 2 * limits.threads * Cost(0));
    return limits;
  }

  void Make(std::size_t i) {
    if (cast_.run.stop.stop_requested()) return;
    Part& part = parts_[i];
    part.memory = TakeSpare();
    const std::span<std::byte> in = part.memory.in.bytes().first(Bytes(i));
    part.read = archive_.ReadPart(tensor_, Start(i), in, check_ ? &part.sums : nullptr);
    if (!part.read || failed_) return;
    part.largest_error = largest_error_;
    part.cast = tensor::CastElements(cast_.from, in, cast_.to, Made(i), 1, &part.largest_error);
  }

  // The checksum is only known at the end, so that all is read whatever becomes of it.
  Status Use(std::size_t i) {
    if (cast_.run.stop.stop_requested()) return Fail(Cancelled());
    Part& part = parts_[i];
    if (!part.read) return std::move(part.read);
    if (check_) sums_ = io::Combine(piece_.checksum.Wished(), sums_, part.sums, Bytes(i));
    if (converted_) converted_ = TakePart(i);
    failed_ = !converted_;
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(part.memory));
    return {};
  }

  Status TakePart(std::size_t i) {
    Part& part = parts_[i];
    if (!part.cast) return Fail(std::move(part.cast).error().ForKey(cast_.entry.key));
    cast_.loss.overflowed += part.cast->overflowed;
    cast_.loss.largest_error = std::max(cast_.loss.largest_error, part.largest_error);
    largest_error_ = cast_.loss.largest_error;
    return cast_.take(Made(i));
  }

  std::span<std::byte> Made(std::size_t i) {
    return parts_[i].memory.out.bytes().first(cast_.MadeBytes(Bytes(i)));
  }

  // Memory that was taken once is taken again: the system would have to clear other.
  Memory TakeSpare() {
    {
      const std::lock_guard lock(mutex_);
      if (!spare_.empty()) {
        Memory memory = std::move(spare_.back());
        spare_.pop_back();
        return memory;
      }
    }
    return {Buffer::Unfilled(Bytes(0)), Buffer::Unfilled(cast_.MadeBytes(Bytes(0)))};
  }

  const Cast& cast_;
  const archive::Archive& archive_;
  const archive::StoredTensor& tensor_;
  const archive::StoredPiece& piece_;
  const bool verify_, check_;
  std::vector<Part> parts_;
  io::Sums sums_;
  Status converted_;
  std::atomic<bool> failed_{false};
  std::atomic<double> largest_error_{0};
  std::mutex mutex_;
  std::vector<Memory> spare_;
};

// An entry that is stored in slices, which have to be put together first.
Status CastWhole(const Cast& cast, const CheckpointReader& reader) {
  REGRAFT_TRY(const Buffer whole, checkpoint::ReadWhole(reader, cast.entry, cast.run));
  Buffer made = Buffer::Unfilled(cast.MadeBytes(whole.size()));
  auto result = tensor::CastElements(cast.from, whole.bytes(), cast.to, made.bytes(),
                                     cast.run.threads, &cast.loss.largest_error);
  if (!result) return Fail(std::move(result).error().ForKey(cast.entry.key));
  cast.loss.overflowed += result->overflowed;
  return cast.take(made.bytes());
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
    errors[i] = tensor::LargestError(from, before.data() + start * old_size, to,
                                     after.data() + start * new_size, length, loss.largest_error);
  });
  for (const double error : errors) loss.largest_error = std::max(loss.largest_error, error);
}

Status CastEntry(const CheckpointReader& reader, const Entry& entry, DType to,
                 const RunOptions& run, const Take& take, CastLoss& loss) {
  loss.key = entry.key;
  const Cast cast{entry, entry.spec.dtype, to, run, take, loss};
  if (reader.StoredAt(entry).slices > 0) return CastWhole(cast, reader);
  Status converted;
  Status read = checkpoint::ReaderAccess::WithStored(
      reader, entry,
      [&](const archive::Archive& archive, const archive::StoredTensor& tensor,
          bool verify) -> Status {
        REGRAFT_CHECK(archive.CheckStored(tensor));
        CastInParts parts(cast, archive, tensor, verify);
        REGRAFT_CHECK(parts.Run());
        converted = std::move(parts).converted();
        return {};
      });
  return read ? converted : read;
}

}  // namespace regraft::edit
