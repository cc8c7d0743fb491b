// base/run_limits.h - the threads and the memory of a job that does not say.
#pragma once

#include <cstddef>
#include <cstdint>

#include "regraft/run.h"

namespace regraft {

/// RunOptions::memory, or what it stands for if it is 0.
inline constexpr std::uint64_t kDefaultMemory = std::uint64_t{256} << 20;
inline std::uint64_t MemoryOf(const RunOptions& run) {
  return run.memory != 0 ? run.memory : kDefaultMemory;
}

/// Threads that the machine runs at once, at least 1.
std::size_t MachineThreads();
/// RunOptions::threads, or what it stands for if it is 0.
inline std::size_t ThreadsOf(const RunOptions& run) {
  return run.threads != 0 ? run.threads : MachineThreads();
}

}  // namespace regraft
