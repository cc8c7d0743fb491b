// archive/runs.h - a box of one row-major tensor and its place in another, as contiguous runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "regraft/tensor.h"

namespace regraft::archive {

/// Steps through the runs of bytes that a box has in common in two row-major tensors, in
/// the order in which they lie in both. A run is as long as it can be: trailing axes that
/// are whole in both are part of it.
class Runs {
 public:
  /// The box of `lengths` elements along each axis that begins at `from_start` in a tensor
  /// of the shape `from`, and at `to_start` in one of the extents `to`.
  /// Pre: equal ranks, the box within both, with elements.
  Runs(std::size_t element_bytes, std::span<const std::int64_t> lengths, const Shape& from,
       std::span<const std::int64_t> from_start, std::span<const std::int64_t> to,
       std::span<const std::int64_t> to_start);

  bool done() const { return done_; }
  /// Bytes of every run.
  std::uint64_t run_bytes() const { return run_bytes_; }
  /// Offsets of the current run in bytes.
  std::uint64_t from() const { return from_; }
  std::uint64_t to() const { return to_; }
  void Next();
  /// As `count` times Next(). Pre: nothing has been stepped over yet.
  void Skip(std::uint64_t count);

 private:
  struct Axis {
    std::int64_t length;
    std::int64_t at;
    std::uint64_t from_step;  // Bytes.
    std::uint64_t to_step;
  };

  std::vector<Axis> axes_;  // Those outside the run, innermost first.
  std::uint64_t run_bytes_;
  std::uint64_t from_ = 0;
  std::uint64_t to_ = 0;
  bool done_ = false;
};

}  // namespace regraft::archive
