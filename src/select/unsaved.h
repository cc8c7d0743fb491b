// select/unsaved.h - layers that Keras 3 has left out of a file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/plan.h"

namespace regraft::select {

/// Keras 3 does not track layers that a subclassed model keeps in a list or dict. Notes which
/// lists of the `missing` targets a file of Keras 3 has nothing of.
void AddUnsavedLists(const Catalog& source, std::span<PlannedTarget* const> missing,
                     std::vector<std::string>& notes);

}  // namespace regraft::select
