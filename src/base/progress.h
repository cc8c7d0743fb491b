// base/progress.h - counts bytes over threads and tells the caller.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

namespace regraft {

/// Threads: Add() may be called from many threads; the callback never runs twice at once,
/// and its counts only grow.
class Progress {
 public:
  using Callback = std::function<void(std::uint64_t done, std::uint64_t total)>;

  Progress(const Callback& callback, std::uint64_t total) : callback_(callback), total_(total) {}

  void Add(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    // The last call belongs to Finish(), when everything is committed.
    if (callback_ && done_ < total_) callback_(done_, total_);
  }
  void Finish() {
    const std::lock_guard lock(mutex_);
    if (callback_) callback_(total_, total_);
  }

 private:
  const Callback& callback_;
  const std::uint64_t total_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
};

}  // namespace regraft
