#include "io/fetch.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/run_limits.h"
#include "base/thread_pool.h"

namespace regraft::io {
namespace {

// Every block of a range begins at a multiple of it, so that none cuts an element.
constexpr std::uint64_t kUnit = 64;
// A range is copied out of a larger read if that costs less than a call of its own: copying is
// faster than reading by about this factor.
constexpr std::uint64_t kCopyFactor = 8;
// Starting a thread takes about as long as reading a tenth of this.
constexpr std::uint64_t kThreadBytes = std::uint64_t{2} << 20;

// A range of several blocks, as far as it has come.
struct Large {
  explicit Large(std::size_t count) : sums(count), left(count) {}

  std::once_flag placed;
  std::byte* place = nullptr;
  std::vector<Sums> sums;  // Each is written by the thread that reads its block.
  std::mutex mutex;
  std::size_t left;
  std::size_t failed = std::numeric_limits<std::size_t>::max();  // The first block that did.
  std::optional<Error> error;
};

// One block of a large range, or neighbours that are read by one call.
struct Task {
  std::size_t first = 0;
  std::size_t count = 1;
  std::size_t block = 0;
  std::shared_ptr<Large> large = nullptr;
};

// The machine's, or fewer where little is to be done.
std::size_t ThreadsFor(std::span<const Range> ranges) {
  std::uint64_t bytes = 0;
  for (const Range& range : ranges) bytes += range.bytes;
  const std::uint64_t machine = MachineThreads();
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(bytes / kThreadBytes, 1, machine));
}

class Fetching {
 public:
  Fetching(std::span<const Range> ranges, const FetchOptions& options, Receiver& to)
      : ranges_(ranges), options_(options), to_(to) {
    threads_ = options.threads != 0 ? options.threads : options.cost.parallel;
    if (threads_ == 0) threads_ = ThreadsFor(ranges);
    const std::uint64_t most = std::min(options.cost.block, options.memory / threads_);
    block_ = std::max(kUnit, most / kUnit * kUnit);
    small_ = std::min(options.cost.gap * kCopyFactor, block_);
  }

  void Run() {
    const std::vector<Task> tasks = MakeTasks();
    ParallelFor(tasks.size(), threads_, [&](std::size_t i) {
      if (options_.stop.stop_requested()) return;
      if (tasks[i].large) {
        ReadBlock(tasks[i]);
      } else {
        ReadGroup(tasks[i]);
      }
    });
  }

 private:
  std::vector<Task> MakeTasks() {
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < ranges_.size();) {
      Task task{.first = i};
      if (ranges_[i].bytes > block_) {
        const auto blocks = static_cast<std::size_t>((ranges_[i].bytes - 1) / block_ + 1);
        task.large = std::make_shared<Large>(blocks);
        for (; task.block < blocks; ++task.block) tasks.push_back(task);
        scratch_ = block_;
      } else {
        task.count = GroupFrom(i);
        tasks.push_back(task);
        const Range& last = ranges_[i + task.count - 1];
        scratch_ = std::max(scratch_, last.offset + last.bytes - ranges_[i].offset);
      }
      i += task.count;
    }
    return tasks;
  }

  // How many ranges from this one on are read by one call.
  std::size_t GroupFrom(std::size_t first) const {
    if (ranges_[first].bytes > small_) return 1;
    std::size_t count = 1;
    std::uint64_t end = ranges_[first].offset + ranges_[first].bytes;
    for (; first + count < ranges_.size(); ++count) {
      const Range& next = ranges_[first + count];
      if (next.file != ranges_[first].file || next.bytes > small_ || next.offset < end ||
          next.offset - end > options_.cost.gap ||
          next.offset + next.bytes - ranges_[first].offset > block_) {
        break;
      }
      end = next.offset + next.bytes;
    }
    return count;
  }

  // A block of memory for what has no place. It goes back to be used again.
  class Scratch {
   public:
    explicit Scratch(Fetching& of) : of_(of) {
      const std::lock_guard lock(of_.mutex_);
      if (of_.free_.empty()) return;
      memory_ = std::move(of_.free_.back());
      of_.free_.pop_back();
    }
    ~Scratch() {
      const std::lock_guard lock(of_.mutex_);
      if (memory_) of_.free_.push_back(std::move(memory_));
    }
    Scratch(const Scratch&) = delete;
    // At most what a task needs. The memory is taken now.
    std::span<std::byte> First(std::uint64_t bytes) {
      if (!memory_) memory_ = std::make_unique_for_overwrite<std::byte[]>(of_.scratch_);
      return {memory_.get(), static_cast<std::size_t>(bytes)};
    }

   private:
    Fetching& of_;
    std::unique_ptr<std::byte[]> memory_;
  };

  void Tell(std::uint64_t bytes) const {
    if (options_.progress) options_.progress(bytes);
  }

  void ReadGroup(const Task& task) {
    const Range& first = ranges_[task.first];
    if (task.count == 1) {
      ReadAlone(task.first);
      return;
    }
    const Range& last = ranges_[task.first + task.count - 1];
    Scratch scratch(*this);
    const std::span<std::byte> bytes = scratch.First(last.offset + last.bytes - first.offset);
    const Status read = first.file->ReadAt(first.offset, bytes);
    if (!read) {
      ReadOneByOne(task, read.error());
      return;
    }
    for (std::size_t i = task.first; i < task.first + task.count; ++i) {
      if (options_.stop.stop_requested()) return;
      const Range& range = ranges_[i];
      const auto part = bytes.subspan(static_cast<std::size_t>(range.offset - first.offset),
                                      static_cast<std::size_t>(range.bytes));
      if (std::byte* const place = to_.Place(i)) {
        std::memcpy(place, part.data(), part.size());
      } else {
        to_.Take(i, 0, part);
      }
      Finish(i, {}, range.bytes, part);
    }
  }

  // Of a group that cannot be read, so that each fails for itself. A failure is not passed over,
  // though: if it does not show again, the range where it was has it. In a gap it is none.
  void ReadOneByOne(const Task& task, const Error& error) {
    const std::size_t end = task.first + task.count;
    std::size_t suspect = task.first;
    if (error.offset) {
      const auto has = [&](std::size_t i) {
        return *error.offset >= ranges_[i].offset &&
               *error.offset - ranges_[i].offset < ranges_[i].bytes;
      };
      while (suspect < end && !has(suspect)) ++suspect;
    }
    bool failed = false;
    for (std::size_t i = task.first; i < end; ++i) {
      if (options_.stop.stop_requested()) return;
      if (i != suspect) failed = !ReadAlone(i) || failed;
    }
    if (suspect == end || options_.stop.stop_requested()) return;
    if (failed) {
      ReadAlone(suspect);
      return;
    }
    to_.Place(suspect);
    Finish(suspect, Fail(error), ranges_[suspect].bytes, {});
  }

  bool ReadAlone(std::size_t index) {
    const Range& range = ranges_[index];
    std::byte* const place = to_.Place(index);
    Scratch scratch(*this);
    const std::span<std::byte> bytes =
        place == nullptr ? scratch.First(range.bytes)
                         : std::span(place, static_cast<std::size_t>(range.bytes));
    Status read = range.file->ReadAt(range.offset, bytes);
    const bool done = read.has_value();
    if (done && place == nullptr) to_.Take(index, 0, bytes);
    Finish(index, std::move(read), range.bytes, bytes);
    return done;
  }

  void Finish(std::size_t index, Status status, std::uint64_t size,
              std::span<const std::byte> bytes) {
    const Sums sums = status ? SumsOf(ranges_[index].sums, bytes) : Sums();
    to_.Done(index, std::move(status), sums);
    Tell(size);
  }

  void ReadBlock(const Task& task) {
    const Range& range = ranges_[task.first];
    Large& large = *task.large;
    std::call_once(large.placed, [&] { large.place = to_.Place(task.first); });
    const std::uint64_t at = task.block * block_;
    const std::uint64_t size = std::min(block_, range.bytes - at);
    Scratch scratch(*this);
    const std::span<std::byte> bytes =
        large.place == nullptr ? scratch.First(size)
                               : std::span(large.place + at, static_cast<std::size_t>(size));
    Status read = range.file->ReadAt(range.offset + at, bytes);
    if (read) large.sums[task.block] = SumsOf(range.sums, bytes);
    if (read && large.place == nullptr) to_.Take(task.first, at, bytes);
    if (FinishBlock(task, std::move(read))) {
      if (large.error) {
        to_.Done(task.first, Fail(*std::move(large.error)), {});
      } else {
        to_.Done(task.first, {}, Combined(large, range));
      }
    }
    Tell(size);
  }

  // True if it was the last.
  static bool FinishBlock(const Task& task, Status read) {
    Large& large = *task.large;
    const std::lock_guard lock(large.mutex);
    if (!read && task.block < large.failed) {
      large.failed = task.block;
      large.error = std::move(read).error();
    }
    return --large.left == 0;
  }

  Sums Combined(const Large& large, const Range& range) const {
    Sums whole = large.sums.front();
    for (std::size_t i = 1; i < large.sums.size(); ++i) {
      const std::uint64_t size = std::min(block_, range.bytes - i * block_);
      whole = Combine(range.sums, whole, large.sums[i], size);
    }
    return whole;
  }

  const std::span<const Range> ranges_;
  const FetchOptions& options_;
  Receiver& to_;
  std::size_t threads_;
  std::uint64_t block_;
  std::uint64_t scratch_ = 0;  // The most that a task may need without a place.
  std::uint64_t small_;        // At most so many bytes are worth no call of their own.
  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
};

}  // namespace

void Fetch(std::span<const Range> ranges, const FetchOptions& options, Receiver& to) {
  Fetching(ranges, options, to).Run();
}

}  // namespace regraft::io
