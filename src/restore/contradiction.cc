#include "restore/contradiction.h"

#include <fmt/format.h>

#include <algorithm>

namespace regraft::restore {
namespace {

// True if the ranks are equal and no axis of `small` is longer than that of `large`.
bool Within(const Shape& small, const Shape& large) {
  return std::equal(small.dims().begin(), small.dims().end(), large.dims().begin(),
                    large.dims().end(), [](std::int64_t a, std::int64_t b) { return a <= b; });
}

// True if the planned types and shapes go together.
bool Fits(const PlannedTarget& planned) {
  const TensorSpec &from = planned.source_spec, &to = planned.target.spec;
  if (planned.target.takes_itself) return !planned.cast && from.dtype == to.dtype;
  const bool types =
      planned.cast ? IsCastable(from.dtype) && IsCastable(to.dtype) : from.dtype == to.dtype;
  switch (planned.fit) {
    case Fit::kExact:
      return types && from.shape == to.shape;
    case Fit::kSlice:
      return types && Within(to.shape, from.shape);
    case Fit::kPad:
    case Fit::kPadKeep:
      return types && Within(from.shape, to.shape);
  }
  return false;
}

}  // namespace

Error NotThisPlan(const std::string& what) {
  return Error(ErrorCode::kUnmet, "restore/other-plan", "the plan contradicts itself: " + what)
      .Hint("plan again");
}

Status CheckBecomes(const PlannedTarget& planned, const Entry* source) {
  if (source != nullptr && source->spec == planned.source_spec && Fits(planned)) return {};
  return Fail(
      NotThisPlan(fmt::format("'{}' cannot become '{}'", planned.source, planned.target.name)));
}

}  // namespace regraft::restore
