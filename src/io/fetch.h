// io/fetch.h - many ranges of files at once, as cheaply as their source gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

#include "base/run_limits.h"
#include "io/sums.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::io {

/// A range that is wanted. Pre: it is within the file, and not empty.
struct Range {
  const ByteSource* file = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Wished sums = {};  ///< Checksums of it that are wanted, too.
};

/// Takes what is fetched. Calls come from several threads; those about one range are ordered:
/// Place(), then Take(), then Done().
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Memory for all of the range, just before its first byte is read; null: Take() gets its bytes.
  virtual std::byte* Place(std::size_t range) = 0;
  /// A part of a range without memory, from its byte `at` on. The parts of a large range come in
  /// any order, several at once; each begins at a multiple of 64.
  virtual void Take(std::size_t range, std::uint64_t at, std::span<const std::byte> part) = 0;
  /// All of it is there, with the checksums that were asked for; or why not.
  virtual void Done(std::size_t range, Status status, const Sums& sums) = 0;
};

struct FetchOptions {
  ReadCost cost = {};
  std::size_t threads = 0;  ///< 0: as many as the source or the machine likes.
  /// Bytes that may be held without a place, by all threads together; at least 64 a thread are.
  std::uint64_t memory = kDefaultMemory;
  std::stop_token stop = {};
  /// Called with bytes that are done; by several threads.
  std::function<void(std::uint64_t)> progress = {};
};

/// Fetches the ranges, in their order but for what threads do at once. Neighbours that are smaller
/// than a call is worth are read together, with the gaps between them; what is larger than a block
/// is cut, and read by several threads straight to its place. Checksums are computed on each block
/// while it is in the cache.
///
/// A range fails as reading it alone fails, at its first byte that cannot be read; the others are
/// read all the same. After a request to stop, what has not begun is not begun, and gets no Done().
void Fetch(std::span<const Range> ranges, const FetchOptions& options, Receiver& to);

}  // namespace regraft::io
