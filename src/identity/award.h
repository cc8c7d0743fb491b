// identity/award.h - the sources that chosen names give.
#pragma once

#include "identity/ledger.h"

namespace regraft::identity {

/// Gives each target the entry of its given path and its given name, where they agree and no
/// other target has as good a claim to it; notes the contradictions.
void AwardChosen(Ledger& ledger);

}  // namespace regraft::identity
