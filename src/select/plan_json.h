// select/plan_json.h - a plan as a JSON value, for JSON that has plans in it.
#pragma once

#include <nlohmann/json.hpp>

#include "regraft/plan.h"

namespace regraft::select {

/// "regraft.plan/1"; PlanJson() is its text.
nlohmann::ordered_json PlanValue(const Plan& plan);

}  // namespace regraft::select
