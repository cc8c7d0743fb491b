// cli/leftovers.h - what dead writers left in folders of checkpoints.
#pragma once

#include <regraft/find.h>

#include <string>

#include "terminal.h"

namespace regraft::cli {

/// False for one so young that its writer may still live.
bool IsOld(const Leftover& leftover);

/// Prints a note if there are old ones in the folder, with the command that shows them. A
/// folder that cannot be listed is no matter here.
void NoteLeftovers(const std::string& folder, const Terminal& terminal);

/// The folder that a prefix is in.
std::string FolderOf(const std::string& prefix);

}  // namespace regraft::cli
