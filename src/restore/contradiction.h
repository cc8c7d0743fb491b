// restore/contradiction.h - plans that cannot have been made for what is given.
#pragma once

#include <string>

#include "regraft/error.h"
#include "regraft/plan.h"

namespace regraft::restore {

/// kUnmet "restore/other-plan". A plan may come out of a file that says anything; what it
/// says must hold here.
Error NotThisPlan(const std::string& what);

/// True if the source can become the target the way that the plan says.
bool Fits(const PlannedTarget& planned);

}  // namespace regraft::restore
