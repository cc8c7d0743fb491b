#include <algorithm>
#include <cmath>
#include <limits>

#include "regraft/elements.h"
#include "regraft/inspect.h"

namespace regraft {

Statistics ComputeStatistics(DType dtype, std::span<const std::byte> elements) {
  const std::size_t size = ElementBytes(dtype);
  Statistics out;
  out.min = std::numeric_limits<double>::infinity();
  out.max = -std::numeric_limits<double>::infinity();
  double mean = 0, squares = 0, sum_of_squares = 0;
  std::int64_t finite = 0;
  for (std::size_t at = 0; at + size <= elements.size(); at += size) {
    const double value = ElementAsDouble(dtype, elements.subspan(at, size));
    ++out.count;
    if (std::isnan(value)) {
      ++out.nans;
      continue;
    }
    if (std::isinf(value)) {
      ++out.infinities;
      continue;
    }
    ++finite;
    out.zeros += value == 0;
    out.min = std::min(out.min, value);
    out.max = std::max(out.max, value);
    // Welford's update: no cancellation however far the mean is from zero.
    const double delta = value - mean;
    mean += delta / static_cast<double>(finite);
    squares += delta * (value - mean);
    sum_of_squares += value * value;
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (finite == 0) {
    out.min = out.max = out.mean = out.stddev = nan;
    return out;
  }
  out.mean = mean;
  out.stddev = std::sqrt(squares / static_cast<double>(finite));
  out.l2 = std::sqrt(sum_of_squares);
  return out;
}

}  // namespace regraft
