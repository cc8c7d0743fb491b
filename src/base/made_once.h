// base/made_once.h - a value that is made when it is first asked for.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

namespace regraft {

/// Threads: Get() may be called from many at once; one makes the value, the others wait for it.
template <typename T>
class MadeOnce {
 public:
  /// The value, made by `make()` at the first call. An exception is passed on, and the next call
  /// tries again.
  template <typename Make>
  const T& Get(Make make) const {
    std::call_once(once_, [&] {
      value_.emplace(make());
      made_.store(true, std::memory_order_release);
    });
    return *value_;
  }

  /// The value if it has been made, else nullptr.
  const T* IfMade() const { return made_.load(std::memory_order_acquire) ? &*value_ : nullptr; }

 private:
  mutable std::once_flag once_;
  mutable std::atomic<bool> made_ = false;
  mutable std::optional<T> value_;
};

}  // namespace regraft
