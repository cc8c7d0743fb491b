// restore/convert.h - a source's values as its target wants them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "regraft/buffer.h"
#include "regraft/elements.h"
#include "regraft/error.h"
#include "regraft/plan.h"

namespace regraft::restore {

/// The bytes as the target's type; `result` says what that cost.
/// Errors: kUnmet "tensor/cast-loss".
Result<Buffer> Cast(const PlannedTarget& planned, std::span<const std::byte> bytes,
                    CastResult& result);

/// Bytes of the target's type, cut or padded to its shape. `read_current` fills a span with
/// the target's own values; it is called for Fit::kPadKeep only.
Result<Buffer> FitInto(const PlannedTarget& planned, std::span<const std::byte> bytes,
                       const std::function<Status(std::span<std::byte>)>& read_current);

}  // namespace regraft::restore
