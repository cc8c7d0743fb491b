// restore/engine.h - carries a schedule out: from stored bytes to those that a sink shall have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/restore.h"
#include "regraft/run.h"
#include "restore/schedule.h"

namespace regraft::restore {

/// What was made for one target.
struct StagedTarget {
  std::size_t planned = 0;
  Result<Buffer> value;  ///< Or why there is none.
  RestoredTarget restored;
  std::vector<std::string> strings{};  ///< Instead of the value, of a tensor of strings.
};

/// Reads and verifies each source once, all threads along the files, and converts it for each of
/// its targets, in memory that `into` lends. One answer each, in the order of the plan; fewer
/// after a request to stop.
std::vector<StagedTarget> Stage(const CheckpointReader& source, const Plan& plan,
                                const Schedule& schedule, const Destination& into,
                                const RunOptions& run, Progress& progress);

/// For a sink that takes one after the other: calls make(0) … make(count - 1) on several threads,
/// ahead of use(0), use(1) … on this one, each after its make(). What is made and not yet used is
/// at most `run.memory`, as `cost` counts it, or one alone; what costs nothing is not made.
/// Errors: the first of `use`, which then is not called again.
Status InOrder(std::size_t count, const RunOptions& run,
               const std::function<std::uint64_t(std::size_t)>& cost,
               const std::function<void(std::size_t)>& make,
               const std::function<Status(std::size_t)>& use);

}  // namespace regraft::restore
