#include "restore/convert.h"

#include "base/try.h"

namespace regraft::restore {

Result<Buffer> Cast(const PlannedTarget& planned, std::span<const std::byte> bytes,
                    CastResult& result) {
  const TensorSpec wanted{planned.target.spec.dtype, planned.source_spec.shape};
  REGRAFT_TRY(const std::uint64_t size, wanted.Bytes());
  Buffer out = Buffer::Unfilled(size);
  REGRAFT_TRY(result, CastElements(planned.source_spec.dtype, bytes, wanted.dtype, out.bytes()));
  return out;
}

Result<Buffer> FitInto(const PlannedTarget& planned, std::span<const std::byte> bytes,
                       const std::function<Status(std::span<std::byte>)>& read_current) {
  const TensorSpec& target = planned.target.spec;
  REGRAFT_TRY(const std::uint64_t size, target.Bytes());
  Buffer out(size);
  if (planned.fit == Fit::kPadKeep) REGRAFT_CHECK(read_current(out.bytes()));
  CopyCorner(ElementBytes(target.dtype), planned.source_spec.shape, bytes, target.shape,
             out.bytes());
  return out;
}

}  // namespace regraft::restore
