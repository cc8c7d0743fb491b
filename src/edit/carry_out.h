// edit/carry_out.h - what every way of carrying out a copy needs.
#pragma once

#include <span>
#include <vector>

#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/error.h"

namespace regraft::edit {

/// Errors: CopyPlan::Check()'s, kUnmet "edit/other-source".
Status CheckPlan(std::span<const EditSource> sources, const CopyPlan& plan);

/// Sorted by key; all but the object graph.
std::vector<Origin> OriginsOf(const CopyPlan& plan);

}  // namespace regraft::edit
