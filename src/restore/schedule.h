// restore/schedule.h - which stored bytes become what, in the order of the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "regraft/entry.h"
#include "regraft/plan.h"

namespace regraft::restore {

/// Who takes a value, and as what.
struct Use {
  std::size_t planned = 0;  ///< Index into what the plan lists.
  std::size_t place = 0;    ///< Index into what the sink has.
  bool cast = false;
  Fit fit = Fit::kExact;

  bool as_it_is() const { return !cast && fit == Fit::kExact; }
  bool operator==(const Use&) const = default;
};

/// A stored value, or one piece of it as it is stored, and all who take it.
struct Step {
  std::size_t source = 0;        ///< Which of the readers.
  const Entry* entry = nullptr;  ///< Of that reader.
  std::uint32_t file = 0;        ///< Where its bytes begin, or have their place in the sink:
  std::uint64_t offset = 0;      ///< steps are sorted by it.
  std::uint64_t bytes = 0;       ///< That are counted for it.
  std::size_t order = 0;         ///< Among those of one file; 0 for all: by offset.
  std::optional<std::size_t> piece = std::nullopt;  ///< Nothing: all pieces, as one value.
  std::vector<Use> uses = {};                       ///< Not empty.

  bool operator==(const Step&) const = default;
};

/// What is to be done, made from a plan, its sources and a sink. A value: nothing is read for it.
class Schedule {
 public:
  Schedule() = default;
  /// Sorts by source, file, order and offset, so that files are read forward. Of two that begin at
  /// one place the shorter one comes first: what is empty stands in front.
  explicit Schedule(std::vector<Step> steps);

  std::span<const Step> steps() const { return steps_; }
  std::uint64_t bytes() const { return bytes_; }

  /// The first step of each of `count` parts of about equal bytes, cut between steps, and behind
  /// them the number of steps. A part ends with the step that reaches its share of the whole; none
  /// is empty while there are steps enough. Pre: count > 0.
  std::vector<std::size_t> Fences(std::size_t count) const;
  /// The steps of part `index` of `count`. All parts have each step once. Pre: index < count.
  Schedule Part(std::size_t index, std::size_t count) const;

 private:
  std::vector<Step> steps_;
  std::uint64_t bytes_ = 0;
};

}  // namespace regraft::restore
