#include "restore/stage.h"

#include <fmt/format.h>

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
  CopyCorner(ElementBytes(target.dtype), planned.source_spec.shape, bytes, target.shape, out.bytes());
  return out;
}

// Converts to the target's type; the source itself if that is its type.
Result<Buffer> Convert(const PlannedTarget& planned, std::span<const std::byte> bytes,
                       std::int64_t& overflowed) {
  const TensorSpec wanted{planned.target.spec.dtype, planned.source_spec.shape};
  REGRAFT_TRY(const std::uint64_t size, wanted.Bytes());
  Buffer out(size);
  REGRAFT_TRY(const CastResult cast,
              CastElements(planned.source_spec.dtype, bytes, wanted.dtype, out.bytes()));
  overflowed = cast.overflowed;
  return out;
}

Result<StagedTarget> StageOne(const PlannedTarget& planned, std::span<const std::byte> bytes,
                              const Destination& into, std::size_t index) {
  StagedTarget staged;
  Buffer converted;
  if (planned.cast) {
    REGRAFT_TRY(converted, Convert(planned, bytes, staged.restored.overflowed));
    bytes = converted.bytes();
  }
  if (planned.fit != Fit::kExact) {
    REGRAFT_TRY(staged.value, FitInto(planned, bytes, into, index));
  } else {
    staged.value = planned.cast ? std::move(converted) : Buffer::CopyOf(bytes);
  }
  return staged;
}

}  // namespace

Result<std::vector<StagedTarget>> Stage(const CheckpointReader& reader, const Plan& plan,
                                        const Job& job, const Destination& into,
                                        std::span<const std::size_t> index_of) {
  const Entry& entry = *job.source;
  REGRAFT_CHECK(reader.CheckStored(entry));
  REGRAFT_TRY(const std::uint64_t size, entry.spec.Bytes());
  Buffer source(size);
  REGRAFT_CHECK(reader.Read(entry, source.bytes()));
  // A whole tensor's checksum was just verified; slices have one each, so theirs is computed
  // over the assembled values.
  const std::uint32_t crc = entry.slices == 0 ? entry.crc32c : io::Crc32c(source.bytes());

  std::vector<StagedTarget> out;
  for (std::size_t i = 0; i < job.planned.size(); ++i) {
    const PlannedTarget& planned = plan.targets[job.planned[i]];
    const std::size_t index = index_of[job.planned[i]];
    StagedTarget staged;
    const bool as_it_is = !planned.cast && planned.fit == Fit::kExact;
    if (as_it_is && i + 1 == job.planned.size()) {
      staged.value = std::move(source);  // The last one needs no copy.
    } else {
      auto made = StageOne(planned, source.bytes(), into, index);
      if (!made) return Fail(std::move(made).error().ForKey(entry.key).With("target", planned.target.name));
      staged = *std::move(made);
    }
    staged.planned = job.planned[i];
    staged.restored.planned = job.planned[i];
    staged.restored.crc32c = crc;
    staged.restored.bytes = staged.value.size();
    out.push_back(std::move(staged));
  }
  return out;
}

}  // namespace regraft::restore
