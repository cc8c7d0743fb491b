// select/unmet.h - errors about rules that match nothing, and about nothing that is left.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/plan.h"
#include "regraft/selection.h"

namespace regraft::select {

/// Those with a problem. They point into `rules`.
std::vector<const PlannedRule*> UnmetRules(std::span<const PlannedRule> rules);

/// "exclude 'x' matched nothing of 5", or that it is not met.
std::string UnmetSentence(const PlannedRule& rule, std::size_t of);

/// Adds what each rule would match, as far as that is known.
void AddAdvice(std::span<const PlannedRule* const> unmet, Error& error);

/// "select/unused-rule": rules of a selection among `of` entries. Pre: there is one.
Error UnmetError(std::span<const PlannedRule* const> unmet, std::size_t of, std::string_view prefix,
                 std::string_view kind);

/// Says that a rule may match nothing.
Remedy AcceptUnusedRules();

/// True if a value of a model is among them.
bool HoldWeights(std::span<const UnusedEntry> entries);

/// "select/hollow": a checkpoint with these entries, none of which is a weight.
Error HollowError(std::string_view prefix, std::span<const UnusedEntry> entries,
                  std::span<const std::string> hollow);

/// "select/nothing": rules that leave nothing over.
Error NothingError(std::string_view prefix, std::size_t kept, std::size_t not_selected);

}  // namespace regraft::select
