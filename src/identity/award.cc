#include "identity/award.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "identity/chosen.h"

namespace regraft::identity {
namespace {

class Awards {
 public:
  explicit Awards(Ledger& ledger) : ledger_(ledger) {}

  void Choose() {
    const std::vector<Chosen> chosen = FindChosen(ledger_.source, ledger_.targets, ledger_.sides);
    std::map<std::size_t, std::vector<Claim>> claims;  // By entry.
    for (std::size_t i = 0; i < ledger_.targets.size(); ++i) {
      if (ledger_.settled[i] != kOpen || ledger_.IsSlot(i)) continue;
      ChooseOne(i, chosen[i], claims);
    }
    for (auto& [entry, claimants] : claims) Award(entry, claimants);
    // What others have taken is not there any more for a name that several variables bear.
    for (std::size_t i = 0; i < ledger_.targets.size(); ++i) {
      Ledger::Choice& choice = ledger_.choice[i];
      if (choice.by_name.size() < 2) continue;
      std::erase_if(choice.by_name,
                    [&](std::size_t entry) { return ledger_.target_of[entry] >= 0; });
      choice.restricts = !choice.by_name.empty();
    }
  }

 private:
  struct Claim {
    std::size_t target;
    Evidence evidence;
    int level;
  };

  void ChooseOne(std::size_t target, const Chosen& chosen,
                 std::map<std::size_t, std::vector<Claim>>& claims) {
    const Entries& path = chosen.by_path.entries;
    const Entries& name = chosen.by_name.entries;
    Entries both;
    std::set_intersection(path.begin(), path.end(), name.begin(), name.end(),
                          std::back_inserter(both));
    const auto claim = [&](std::size_t entry, Evidence evidence, int level) {
      claims[entry].push_back({target, evidence, level});
    };
    if (both.size() == 1) return claim(both[0], Evidence::kGivenPath, chosen.by_path.level);
    if (!path.empty() && !name.empty()) {
      ledger_.Say(target, Evidence::kGivenPath, path, false, "the name says something else");
      ledger_.Say(target, Evidence::kGivenName, name, false, "the path says something else");
      Entries all;
      std::set_union(path.begin(), path.end(), name.begin(), name.end(), std::back_inserter(all));
      ledger_.findings[target].entries = std::move(all);
      ledger_.findings[target].contradiction = true;
      return;
    }
    if (path.size() == 1) return claim(path[0], Evidence::kGivenPath, chosen.by_path.level);
    if (path.size() > 1) {
      ledger_.Say(target, Evidence::kGivenPath, path, false, "it leads to several");
      ledger_.findings[target].entries = path;
      return;
    }
    if (name.size() == 1) return claim(name[0], Evidence::kGivenName, chosen.by_name.level);
    ledger_.choice[target].by_name = name;
    const Names& own = ledger_.sides.targets[target];
    if (own.has_given_path)
      ledger_.Say(target, Evidence::kGivenPath, {}, false, "no entry has this path");
    if (name.empty() && own.state == NameState::kGiven) {
      ledger_.Say(target, Evidence::kGivenName, {}, false, "no entry has this name");
    }
  }

  // One entry has one target: the path counts more than a name, and with its root more than
  // without it.
  void Award(std::size_t entry, std::vector<Claim>& claims) {
    const auto rank = [](const Claim& claim) {
      return std::pair(claim.evidence == Evidence::kGivenPath ? 0 : 1, claim.level);
    };
    const Claim& best =
        *std::min_element(claims.begin(), claims.end(),
                          [&](const Claim& a, const Claim& b) { return rank(a) < rank(b); });
    Entries rivals;
    for (const Claim& claim : claims) {
      const bool as_good = rank(claim) == rank(best);
      // A name that another one chose for the owner of the entry contradicts its path.
      const Names& owner = ledger_.sides.targets[best.target];
      const bool contradicts = best.evidence == Evidence::kGivenPath &&
                               claim.evidence == Evidence::kGivenName &&
                               NamesDiffer(owner, ledger_.sides.targets[claim.target]);
      if (as_good || contradicts) rivals.push_back(claim.target);
    }
    for (const Claim& claim : claims) {
      const bool rival = std::find(rivals.begin(), rivals.end(), claim.target) != rivals.end();
      if (rival && rivals.size() == 1) {
        ledger_.Say(claim.target, claim.evidence, {entry}, true, "chosen, and the only one");
        ledger_.Take(claim.target, claim.evidence, entry);
      } else if (rival) {
        ledger_.Say(claim.target, claim.evidence, {entry}, false,
                    "another target is called so as well");
        ledger_.findings[claim.target].evidence = claim.evidence;
        ledger_.findings[claim.target].entries = {entry};
        for (const std::size_t other : rivals) {
          if (other != claim.target)
            ledger_.findings[claim.target].rivals.push_back(ledger_.targets[other].name);
        }
        if (ledger_.target_of[entry] < 0)
          ledger_.target_of[entry] = static_cast<std::ptrdiff_t>(claim.target);
      } else {
        ledger_.Say(claim.target, claim.evidence, {entry}, false,
                    fmt::format("it belongs to '{}'", ledger_.targets[best.target].name));
      }
    }
  }
  Ledger& ledger_;
};

}  // namespace

void AwardChosen(Ledger& ledger) { Awards(ledger).Choose(); }

}  // namespace regraft::identity
