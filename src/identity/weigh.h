// identity/weigh.h - the sources that weak evidence gives: places and automatic numbers.
#pragma once

#include "identity/ledger.h"
#include "regraft/identity.h"

namespace regraft::identity {

/// Gives each target that is still open the entry that is certainly at its place, or of its
/// number, or the one that `identity` asks for; notes what spoke without counting.
void WeighRows(Ledger& ledger, Identity identity);

}  // namespace regraft::identity
