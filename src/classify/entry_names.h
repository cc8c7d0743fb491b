// classify/entry_names.h - the one name by which people see an entry.
#pragma once

#include <span>

#include "regraft/entry.h"

namespace regraft::classify {

/// Fills the name of every entry (docs/names.md): ReadableNames(), and the key of what is no
/// variable.
/// Pre:  the entries have distinct keys, their classes, and what is known of their slots.
/// Cost: linear in the names of the entries.
void NameEntries(std::span<Entry> entries);

}  // namespace regraft::classify
