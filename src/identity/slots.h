// identity/slots.h - an optimizer's slots follow their variables.
#pragma once

#include <span>
#include <vector>

#include "identity/identify.h"
#include "identity/names.h"
#include "regraft/catalog.h"
#include "regraft/identity.h"

namespace regraft::identity {

/// Finds the sources of targets that are slots: the same slot of the source of the variable,
/// whatever number either has in a list. `sources` are the entries of all targets, or a
/// negative number; slots whose source is settled keep it. Where a side does not know whose
/// its slots are, lists of the same length, types and shapes go member by member.
void FindSlots(const Catalog& source, std::span<const Target> targets,
               std::span<const std::ptrdiff_t> settled, std::span<const std::ptrdiff_t> sources,
               std::vector<Finding>& findings);

}  // namespace regraft::identity
