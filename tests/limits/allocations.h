// limits/allocations.h - what the program asks of operator new, which allocations.cc replaces.
#pragma once

#include <cstddef>

namespace regraft::limits {

/// Bytes of the largest single request since the last Forget.
std::size_t LargestAllocation();
void ForgetLargestAllocation();

}  // namespace regraft::limits
