// io/clock.h - the time of day.
#pragma once

namespace regraft::io {

/// Seconds since the epoch, with fractions.
double SecondsNow();

}  // namespace regraft::io
