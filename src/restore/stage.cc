#include "restore/stage.h"

#include <utility>

#include "base/try.h"
#include "io/crc32c.h"

namespace regraft::restore {
namespace {

// The bytes of a converted source in the target's shape, over what the target should keep.
Result<Buffer> FitInto(const PlannedTarget& planned, std::span<const std::byte> bytes,
                       const Destination& into, std::size_t index) {
  const TensorSpec& target = planned.target.spec;
  REGRAFT_TRY(const std::uint64_t size, target.Bytes());
  Buffer out(size);
  if (planned.fit == Fit::kPadKeep) REGRAFT_CHECK(into.ReadCurrent(index, out.bytes()));
  CopyCorner(ElementBytes(target.dtype), planned.source_spec.shape, bytes, target.shape,
             out.bytes());
  return out;
}

// Converts to the target's type; the source itself if that is its type.
Result<Buffer> Convert(const PlannedTarget& planned, std::span<const std::byte> bytes,
                       std::int64_t& overflowed) {
  const TensorSpec wanted{planned.target.spec.dtype, planned.source_spec.shape};
  REGRAFT_TRY(const std::uint64_t size, wanted.Bytes());
  Buffer out = Buffer::Unfilled(size);
  REGRAFT_TRY(const CastResult cast,
              CastElements(planned.source_spec.dtype, bytes, wanted.dtype, out.bytes()));
  overflowed = cast.overflowed;
  return out;
}

Result<Buffer> Made(const PlannedTarget& planned, std::span<const std::byte> bytes,
                    const Destination& into, std::size_t index, std::int64_t& overflowed) {
  Buffer converted;
  if (planned.cast) {
    REGRAFT_TRY(converted, Convert(planned, bytes, overflowed));
    bytes = converted.bytes();
  }
  if (planned.fit != Fit::kExact) return FitInto(planned, bytes, into, index);
  return planned.cast ? std::move(converted) : Buffer::CopyOf(bytes);
}

Result<Buffer> ReadWhole(const CheckpointReader& reader, const Entry& entry) {
  REGRAFT_CHECK(reader.CheckStored(entry));
  REGRAFT_TRY(const std::uint64_t size, entry.spec.Bytes());
  Buffer out = Buffer::Unfilled(size);
  REGRAFT_CHECK(reader.Read(entry, out.bytes()));
  return out;
}

}  // namespace

std::vector<StagedTarget> Stage(const CheckpointReader& reader, const Plan& plan, const Job& job,
                                const Destination& into, std::span<const std::size_t> index_of) {
  std::vector<StagedTarget> out;
  const Entry& entry = *job.source;
  // Also what is sliced is read whole: only the whole has a checksum.
  Result<Buffer> source = ReadWhole(reader, entry);
  if (!source) {
    for (const std::size_t i : job.planned) out.push_back({i, Fail(source.error()), {}});
    return out;
  }
  // A whole tensor's checksum was just verified; slices have one each, so theirs is computed
  // over the assembled values.
  const std::uint32_t crc = entry.slices == 0 ? entry.crc32c : io::Crc32c(source->bytes());
  for (const std::size_t i : job.planned) {
    const PlannedTarget& planned = plan.targets[i];
    std::int64_t overflowed = 0;
    const bool as_it_is = !planned.cast && planned.fit == Fit::kExact;
    // The last one that takes the source as it is needs no copy.
    Result<Buffer> made = as_it_is && i == job.planned.back()
                              ? std::move(source)
                              : Made(planned, source->bytes(), into, index_of[i], overflowed);
    if (!made) {
      made = Fail(std::move(made).error().ForKey(entry.key).With("target", planned.target.name));
    }
    const std::uint64_t bytes = made ? made->size() : 0;
    out.push_back({i, std::move(made), {i, crc, bytes, overflowed}});
  }
  return out;
}

}  // namespace regraft::restore
