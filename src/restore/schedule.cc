#include "restore/schedule.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace regraft::restore {

Schedule::Schedule(std::vector<Step> steps) : steps_(std::move(steps)) {
  const auto key = [](const Step& step) {
    return std::tuple(step.source, step.file, step.order, step.offset, step.bytes,
                      step.uses.front().place, step.piece);
  };
  std::sort(steps_.begin(), steps_.end(),
            [&](const Step& a, const Step& b) { return key(a) < key(b); });
  for (const Step& step : steps_) bytes_ += step.bytes;
}

std::vector<std::size_t> Schedule::Fences(std::size_t count) const {
  std::vector<std::size_t> fences(1, 0);
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < steps_.size() && fences.size() < count; ++i) {
    const std::size_t part = fences.size();
    const auto share = static_cast<std::uint64_t>(static_cast<long double>(bytes_) *
                                                  static_cast<long double>(part) /
                                                  static_cast<long double>(count));
    const bool needed = steps_.size() - i <= count - part;
    if (i > 0 && (done >= share || needed)) fences.push_back(i);
    done += steps_[i].bytes;
  }
  fences.resize(count + 1, steps_.size());
  return fences;
}

Schedule Schedule::Part(std::size_t index, std::size_t count) const {
  const std::vector<std::size_t> fences = Fences(count);
  const auto at = [&](std::size_t fence) {
    return steps_.begin() + static_cast<std::ptrdiff_t>(fences[fence]);
  };
  Schedule part;
  part.steps_.assign(at(index), at(index + 1));
  for (const Step& step : part.steps_) part.bytes_ += step.bytes;
  return part;
}

}  // namespace regraft::restore
