// select/suggest.h - map rules that would mend a plan, and names that allow several readings.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "regraft/plan.h"
#include "regraft/rules.h"

namespace regraft::select {

/// What shapes, names and order allow for targets without a source.
struct Offer {
  /// Rules of which each is the only way to give its targets a source: one source for one
  /// target, layers whole, never across classes. Those that resolve most come first.
  std::vector<MapRule> sure;
  /// What these rules are meant to give each target: the key of an entry.
  std::map<std::string, std::string, std::less<>> gives;
  std::vector<Undecided> undecided;
};

/// Looks among the `available` entries for the `missing` ones of the targets. The `ambiguous`
/// ones want sources as well, so they are rivals, but get no rules. Borrows nothing.
/// Cost: about linear in the names; bounded for each target.
Offer FindOffer(const Catalog& source, const std::vector<bool>& available,
                std::span<const Target> targets, std::span<const std::size_t> missing,
                std::span<const std::size_t> ambiguous);

/// The rules of an offer as suggestions, each verified: `plan_with(rules)` plans again, and what
/// `before` has restored must stay as it is, and the rules give what they are meant to give.
std::vector<Suggestion> Verified(
    const Offer& offer, const Plan& before,
    const std::function<std::optional<Plan>(std::span<const MapRule>)>& plan_with);

}  // namespace regraft::select
