// base/thread_pool.h - a fixed set of threads for one job.
#pragma once

#include <cstddef>
#include <functional>

namespace regraft {

/// Calls work(0) … work(count - 1), each once, on at most `threads` threads (0: as many
/// as the machine has), the calling one among them. Returns when all have returned.
/// Indices are handed out in ascending order.
/// Pre: `work` is safe to call from several threads at once and does not throw.
void ParallelFor(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t)>& work);

}  // namespace regraft
