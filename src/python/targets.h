// python/targets.h - the targets of a restore into live objects.
#pragma once

#include <memory>
#include <vector>

#include "common.h"
#include "regraft/identity.h"

namespace regraft::python {

/// Made once, and lent to the plan and to what it is restored into.
struct Targets {
  std::shared_ptr<const std::vector<Target>> all;
};

}  // namespace regraft::python
