// limits/allocations.h - what the program asks of operator new, which allocations.cc replaces.
#pragma once

#include <cstddef>

namespace regraft::limits {

/// Bytes of the largest single request since the last Forget.
std::size_t LargestAllocation();
void ForgetLargestAllocation();

/// The most bytes in use at one time since the last Forget, beyond those in use then.
std::size_t PeakBytes();
void ForgetPeak();

}  // namespace regraft::limits
