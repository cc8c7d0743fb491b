// render/folding.h - alike names as rows.
#pragma once

#include <string>
#include <vector>

#include "select/fold.h"

namespace regraft::render {

/// Folded, or one by one if all are asked for; sorted by natural order.
std::vector<select::Folded> RowsOf(const std::vector<std::string>& names, bool all);

}  // namespace regraft::render
