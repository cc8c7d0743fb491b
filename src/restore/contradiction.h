// restore/contradiction.h - plans that cannot have been made for what is given.
#pragma once

#include <string>

#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/plan.h"

namespace regraft::restore {

/// kUnmet "restore/other-plan". A plan may come out of a file that says anything; what it
/// says must hold here.
Error NotThisPlan(const std::string& what);

/// Success if `source`, which may be null, can become the target the way that the plan says.
Status CheckBecomes(const PlannedTarget& planned, const Entry* source);

}  // namespace regraft::restore
