// InOrder: several threads make what one uses.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/run_limits.h"
#include "restore/engine.h"

namespace regraft::restore {
namespace {

class Making {
 public:
  Making(std::size_t count, std::uint64_t memory,
         const std::function<std::uint64_t(std::size_t)>& cost,
         const std::function<void(std::size_t)>& make)
      : memory_(memory), make_(make), made_(count, false) {
    for (std::size_t i = 0; i < count; ++i) {
      costs_.push_back(cost(i));
      if (costs_.back() > 0) todo_.push_back(i);
    }
  }

  std::size_t count() const { return todo_.size(); }

  // Of a helper: makes one after the other until nothing is left, or nobody wants more.
  void Run() {
    std::unique_lock lock(mutex_);
    while (!ended_ && next_ < todo_.size()) {
      if (!HasRoom()) {
        changed_.wait(lock);
      } else {
        MakeNext(lock);
      }
    }
  }

  // Returns when it is made, perhaps by this thread. While another one makes it, this one makes
  // what comes after it: there may be no more than the two of them.
  void WaitFor(std::size_t index) {
    std::unique_lock lock(mutex_);
    while (costs_[index] > 0 && !made_[index]) {
      if (next_ < todo_.size() && (todo_[next_] <= index || HasRoom())) {
        MakeNext(lock);
      } else {
        changed_.wait(lock);
      }
    }
  }

  void Used(std::size_t index) {
    const std::lock_guard lock(mutex_);
    held_ -= costs_[index];
    changed_.notify_all();
  }

  void End() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  bool HasRoom() const { return held_ == 0 || held_ + costs_[todo_[next_]] <= memory_; }

  void MakeNext(std::unique_lock<std::mutex>& lock) {
    const std::size_t index = todo_[next_++];
    held_ += costs_[index];
    lock.unlock();
    make_(index);
    lock.lock();
    made_[index] = true;
    changed_.notify_all();
  }

  const std::uint64_t memory_;
  const std::function<void(std::size_t)>& make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> costs_;
  std::vector<bool> made_;
  std::vector<std::size_t> todo_;  // What has to be made.
  std::size_t next_ = 0;           // In todo_.
  std::uint64_t held_ = 0;
  bool ended_ = false;
};

}  // namespace

Status InOrder(std::size_t count, const RunOptions& run,
               const std::function<std::uint64_t(std::size_t)>& cost,
               const std::function<void(std::size_t)>& make,
               const std::function<Status(std::size_t)>& use) {
  Making making(count, MemoryOf(run), cost, make);
  std::size_t threads = run.threads;
  if (threads == 0) threads = MachineThreads();
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(threads, making.count() + 1); ++i) {
    helpers.emplace_back([&] { making.Run(); });
  }
  Status status;
  for (std::size_t i = 0; status && i < count; ++i) {
    making.WaitFor(i);
    status = use(i);
    making.Used(i);
  }
  making.End();
  return status;
}

}  // namespace regraft::restore
