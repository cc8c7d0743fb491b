// edit/cast_entry.h - one entry as another type, in parts that fit into memory.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "regraft/checkpoint.h"
#include "regraft/dtype.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/run.h"

namespace regraft::edit {

/// What one thread reads and converts at a time: a multiple of every element's size.
inline constexpr std::uint64_t kCastPart = std::uint64_t{4} << 20;

/// Reads `entry` once and hands its elements, converted to `to`, to `take` in order and on this
/// thread, while others read and convert what follows; its checksum is known at the end, so that
/// what was taken is worthless if this fails. `loss` gets what the conversion cost. Of `run` the
/// threads, the memory and the wish to stop count.
/// Errors: as CheckpointReader::Read, kUnmet "tensor/cast-loss", kCancelled, those of `take`.
/// Memory: two parts a thread, and what they become; the whole tensor if it is stored in slices.
Status CastEntry(const CheckpointReader& reader, const Entry& entry, DType to,
                 const RunOptions& run,
                 const std::function<Status(std::span<const std::byte>)>& take, CastLoss& loss);

/// Compares values before and after a conversion. Pre: as many elements in both.
void MeasureLoss(DType from, std::span<const std::byte> before, DType to,
                 std::span<const std::byte> after, std::size_t threads, CastLoss& loss);

}  // namespace regraft::edit
