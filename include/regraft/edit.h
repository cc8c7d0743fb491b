// regraft/edit.h - what all ways to make a checkpoint from others share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/run.h"
#include "regraft/setting.h"
#include "regraft/writer.h"

namespace regraft {

/// One checkpoint that takes part, and where it stands in the result: what is below `from`
/// ("generator/"; empty: everything) comes below `to` ("gen/"; empty: at the root).
struct EditSource {
  const CheckpointReader* reader = nullptr;  ///< Must outlive what is made with it.
  std::string from = {};
  std::string to = {};
};

struct EditOptions {
  WriteOptions write = {};
  /// Data files of about equal size; 0: those of the source, or one for several sources.
  std::int32_t shards = 0;
  RunOptions run = {};
};

/// What a cast cost one entry.
struct CastLoss {
  std::string key;
  std::int64_t overflowed = 0;  ///< Finite values that became infinite.
  double largest_error = 0;  ///< Of |new - old| / |old| over the others; absolute where old is 0.
  std::string name = {};     ///< Its Entry::name.
};

/// Where a value of the result came from: the line of a receipt.
struct Origin {
  std::string key;             ///< In the result.
  std::string prefix;          ///< Of the source.
  std::string from;            ///< Its key there.
  std::string action;          ///< "copied", "cast", "sliced", "padded", joined by '+'; "kept".
  std::vector<Setting> rules;  ///< What decided, as in the plan.
};

}  // namespace regraft
