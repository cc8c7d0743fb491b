// select/judge.h - one target's outcome from its source and the policies.
#pragma once

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "select/resolve.h"

namespace regraft::select {

/// The outcome of a selected target. Fills everything but kMissing's candidates.
PlannedTarget Judge(const Target& target, const Resolution& resolution, const Catalog& source,
                    const Rules& rules);

}  // namespace regraft::select
