// regraft/run.h - how a long job is run: watched, stopped, by how many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace regraft {

/// The same for whatever reads, verifies, restores or writes many bytes.
struct RunOptions {
  /// Called now and then with bytes done and bytes in all, from the calling thread's or a
  /// worker's context, never two calls at once; of a job that succeeds the last call has
  /// done == total.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = {};
  /// Ask to stop: the job then fails with kCancelled, also within a large tensor, and has changed
  /// nothing.
  std::stop_token stop = {};
  /// Threads that read, verify and convert; 0: as many as the machine has.
  std::size_t threads = 0;
  /// Bytes that may be held beside the values that are asked for: what is read before it has a
  /// place, or ahead of what is written. 0: 256 MiB. The least that a job can do with is taken
  /// all the same.
  std::uint64_t memory = 0;
};

}  // namespace regraft
