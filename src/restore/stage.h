// restore/stage.h - from a source's bytes to those that a target shall have.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/restore.h"

namespace regraft::restore {

/// One source entry and every planned target that takes its value.
struct Job {
  const Entry* source = nullptr;
  std::vector<std::size_t> planned;  ///< Indices into Plan::targets, ascending.
};

/// What a job made for one of its targets.
struct StagedTarget {
  std::size_t planned = 0;
  Result<Buffer> value;  ///< Or why there is none.
  RestoredTarget restored;
  std::vector<std::string> strings{};  ///< Instead of the value, of a tensor of strings.
};

/// Reads and verifies the source once, then converts it for each target; one answer each.
/// `index_of` gives a planned target's place in `into`.
std::vector<StagedTarget> Stage(const CheckpointReader& reader, const Plan& plan, const Job& job,
                                const Destination& into, std::span<const std::size_t> index_of);

}  // namespace regraft::restore
