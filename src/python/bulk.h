// python/bulk.h - one job over many tensors, by as many threads as the machine has.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "common.h"

namespace regraft::python {

/// Calls work(0) … work(count - 1) on `threads` threads (0: as many as the machine has), the
/// calling one among them, and hands out indices in ascending order. `size` says the bytes of
/// each for the progress, which is told now and then, never twice at once, and at the end.
/// What has failed or was stopped begins nothing new; the error is that of the lowest index
/// that failed, however the threads ran. Call it without the GIL.
template <typename Size, typename Work>
Status ForEach(std::size_t count, std::size_t threads, const Size& size, const Work& work,
               const std::function<void(std::uint64_t, std::uint64_t)>& progress,
               const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kEvery = std::chrono::milliseconds(20);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += size(i);

  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> failed{std::numeric_limits<std::size_t>::max()};
  std::atomic<std::uint64_t> done{0};
  std::mutex mutex;
  Status first;
  Clock::time_point told = Clock::now();
  const auto run = [&] {
    for (std::size_t i = next.fetch_add(1); i < count && i < failed; i = next.fetch_add(1)) {
      if (stop.stop_requested()) return;
      Status status = work(i);
      done += size(i);
      if (!status) {
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          first = std::move(status);
        }
        return;
      }
      const std::unique_lock lock(mutex, std::try_to_lock);
      if (!lock || Clock::now() - told < kEvery) continue;
      told = Clock::now();
      progress(std::min<std::uint64_t>(done, total), total);
    }
  };
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(run);
    run();
  }
  if (!first) return first;
  progress(total, total);
  return {};
}

}  // namespace regraft::python
