// edit/averages.h - moving averages in the place of their variables.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "edit/choose.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/error.h"

namespace regraft::edit {

/// For each entry of the checkpoint the variable that it is the moving average of; -1 if it is
/// none, kSeveralVariables if it is one and nothing says of which variable. What says so:
/// - in a file of names, `<scope>/<variable>/ExponentialMovingAverage`;
/// - the lists of Keras' optimizers, slots called `average`, and a variable's own name
///   `<variable>/ExponentialMovingAverage`;
/// - of an object with `average`, `_hidden` and `_counter` (Sonnet), its path, if it ends as that
///   of one variable of the same shape does: `ema/linear/w` is that of `net/linear/w`, `w_ema` and
///   `ema_w` are those of `w` beside them.
std::vector<std::ptrdiff_t> AveragesOf(const CheckpointReader& reader,
                                       std::span<const classify::Owner> objects);

/// Puts averages in the place of the variables that are chosen, or whose averages are. Their own
/// entries are not kept then.
/// Errors: kUnmet "edit/averages", naming the variables that have none or several.
Status PutAverages(std::span<const EditSource> sources, const CopyRules& rules, Choices& choices);

}  // namespace regraft::edit
