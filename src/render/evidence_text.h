// render/evidence_text.h - what made an entry the source of a target, in words.
#pragma once

#include <string>

#include "regraft/plan.h"

namespace regraft::render {

/// "by given path", "by place (rows of 4 alike)"; empty if nothing did.
std::string HowFound(const PlannedTarget& planned);

}  // namespace regraft::render
