// select/select.h - which entries take part, whatever that is asked for.
#pragma once

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/identity.h"
#include "regraft/selection.h"

namespace regraft::select {

/// The entry as a target that takes its own value.
Target AsTarget(const Entry& entry);

/// Select() without its verdict: rules that match nothing are only reported, and nothing may be
/// taken. Errors: kInvalidArgument, see Select().
Result<Selected> Decide(const Catalog& source, const Selection& selection, bool allow_unused_rules);

}  // namespace regraft::select
