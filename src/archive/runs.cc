#include "archive/runs.h"

namespace regraft::archive {

Runs::Runs(std::size_t element_bytes, std::span<const std::int64_t> lengths, const Shape& from,
           std::span<const std::int64_t> from_start, std::span<const std::int64_t> to,
           std::span<const std::int64_t> to_start)
    : run_bytes_(element_bytes) {
  std::uint64_t from_step = element_bytes, to_step = element_bytes;
  bool in_run = true;
  for (std::size_t axis = lengths.size(); axis-- > 0;) {
    from_ += static_cast<std::uint64_t>(from_start[axis]) * from_step;
    to_ += static_cast<std::uint64_t>(to_start[axis]) * to_step;
    if (in_run) {
      run_bytes_ *= static_cast<std::uint64_t>(lengths[axis]);
      in_run = lengths[axis] == from[axis] && lengths[axis] == to[axis];
    } else if (lengths[axis] > 1) {
      axes_.push_back({lengths[axis], 0, from_step, to_step});
    }
    from_step *= static_cast<std::uint64_t>(from[axis]);
    to_step *= static_cast<std::uint64_t>(to[axis]);
  }
}

void Runs::Skip(std::uint64_t count) {
  for (Axis& axis : axes_) {
    const auto length = static_cast<std::uint64_t>(axis.length);
    axis.at = static_cast<std::int64_t>(count % length);
    from_ += count % length * axis.from_step;
    to_ += count % length * axis.to_step;
    count /= length;
  }
  done_ = count > 0;
}

void Runs::Next() {
  for (Axis& axis : axes_) {
    from_ += axis.from_step;
    to_ += axis.to_step;
    if (++axis.at < axis.length) return;
    axis.at = 0;
    from_ -= static_cast<std::uint64_t>(axis.length) * axis.from_step;
    to_ -= static_cast<std::uint64_t>(axis.length) * axis.to_step;
  }
  done_ = true;
}

}  // namespace regraft::archive
