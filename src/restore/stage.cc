#include "restore/stage.h"

#include <utility>

#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "digest/crc32c.h"
#include "regraft/buffer.h"
#include "regraft/elements.h"
#include "restore/convert.h"

namespace regraft::restore {
namespace {

Result<Buffer> Made(const PlannedTarget& planned, std::span<const std::byte> bytes,
                    const Destination& into, std::size_t index, std::int64_t& overflowed) {
  Buffer converted;
  if (planned.cast) {
    CastResult cast;
    REGRAFT_TRY(converted, Cast(planned, bytes, cast));
    overflowed = cast.overflowed;
    bytes = converted.bytes();
  }
  if (planned.fit != Fit::kExact) {
    return FitInto(planned, bytes,
                   [&](std::span<std::byte> out) { return into.ReadCurrent(index, out); });
  }
  return planned.cast ? std::move(converted) : Buffer::CopyOf(bytes);
}

std::vector<StagedTarget> StageStrings(const CheckpointReader& reader, const Job& job) {
  std::vector<StagedTarget> out;
  const Entry& entry = *job.source;
  const Result<std::vector<std::string>> strings = reader.ReadStrings(entry);
  for (const std::size_t i : job.planned) {
    if (strings) {
      const std::uint32_t crc = reader.StoredAt(entry).crc32c.value_or(0);
      out.push_back({i, Buffer(), {i, crc, entry.bytes, 0}, *strings});
    } else {
      out.push_back({i, Fail(strings.error()), {}});
    }
  }
  return out;
}

}  // namespace

std::vector<StagedTarget> Stage(const CheckpointReader& reader, const Plan& plan, const Job& job,
                                const Destination& into, std::span<const std::size_t> index_of) {
  std::vector<StagedTarget> out;
  const Entry& entry = *job.source;
  if (KindOf(entry.spec.dtype) == DTypeKind::kString) return StageStrings(reader, job);
  // Also what is sliced is read whole: only the whole has a checksum.
  Result<Buffer> source = checkpoint::ReadWhole(reader, entry);
  if (!source) {
    for (const std::size_t i : job.planned) out.push_back({i, Fail(source.error()), {}});
    return out;
  }
  // A whole tensor's checksum was just verified; slices have one each, so theirs is computed
  // over the assembled values.
  const auto stored = reader.StoredAt(entry).crc32c;
  const std::uint32_t crc = stored ? *stored : digest::Crc32c(source->bytes());
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
