#include "identity/identify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>
#include <utility>

#include "identity/chosen.h"
#include "identity/names.h"
#include "identity/rows.h"
#include "identity/slots.h"

namespace regraft {

std::string_view EvidenceName(Evidence evidence) {
  switch (evidence) {
    case Evidence::kNone: return "none";
    case Evidence::kMap: return "map";
    case Evidence::kGivenPath: return "given-path";
    case Evidence::kGivenName: return "given-name";
    case Evidence::kPlace: return "place";
    case Evidence::kNumber: return "number";
    case Evidence::kSlot: return "slot";
    case Evidence::kKey: return "key";
  }
  return "";
}

std::string_view IdentityName(Identity identity) {
  switch (identity) {
    case Identity::kSure: return "sure";
    case Identity::kPlaces: return "places";
    case Identity::kNames: return "names";
  }
  return "";
}

std::optional<Identity> ParseIdentity(std::string_view text) {
  for (const Identity identity : {Identity::kSure, Identity::kPlaces, Identity::kNames}) {
    if (text == IdentityName(identity)) return identity;
  }
  return std::nullopt;
}

namespace identity {
namespace {

using Entries = std::vector<std::size_t>;

class Identifier {
 public:
  Identifier(const Catalog& source, std::span<const Target> targets,
             std::span<const std::ptrdiff_t> settled, Identity identity)
      : source_(source), targets_(targets), settled_(settled), identity_(identity),
        sides_(ReadNames(source, targets)), findings_(targets.size()),
        source_of_(settled.begin(), settled.end()), target_of_(source.entries.size(), kOpen),
        choice_(targets.size()) {}

  std::vector<Finding> Run() && {
    Choose();
    if (!sides_.named_file && AnyOpen()) CompareAllRows();
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (IsOpen(i)) FindByKey(i);
    }
    FindSlots(source_, targets_, settled_, source_of_, findings_);
    return std::move(findings_);
  }

 private:
  bool IsSlot(std::size_t target) const { return !targets_[target].slot.empty(); }
  bool IsOpen(std::size_t target) const {
    return settled_[target] == kOpen && source_of_[target] == kOpen &&
           findings_[target].entries.empty() && !IsSlot(target);
  }
  bool AnyOpen() const {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (IsOpen(i)) return true;
    }
    return false;
  }

  std::vector<std::string> NamesOf(const Entries& entries) const {
    std::vector<std::string> names;
    for (const std::size_t entry : entries) names.push_back(source_.entries[entry].name);
    return names;
  }

  void Say(std::size_t target, Evidence evidence, const Entries& entries, bool counts,
           std::string why) {
    findings_[target].witnesses.push_back({evidence, NamesOf(entries), counts, std::move(why)});
  }

  void Take(std::size_t target, Evidence evidence, std::size_t entry, std::string detail = "") {
    Finding& finding = findings_[target];
    finding.evidence = evidence;
    finding.entries = {entry};
    finding.detail = std::move(detail);
    source_of_[target] = static_cast<std::ptrdiff_t>(entry);
    target_of_[entry] = static_cast<std::ptrdiff_t>(target);
  }

  // Chosen witnesses.

  struct Claim {
    std::size_t target;
    Evidence evidence;
    int level;
  };

  void Choose() {
    const std::vector<Chosen> chosen = FindChosen(source_, targets_, sides_);
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (settled_[i] >= 0) target_of_[static_cast<std::size_t>(settled_[i])] = static_cast<std::ptrdiff_t>(i);
    }
    std::map<std::size_t, std::vector<Claim>> claims;  // By entry.
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (settled_[i] != kOpen || IsSlot(i)) continue;
      ChooseOne(i, chosen[i], claims);
    }
    for (auto& [entry, claimants] : claims) Award(entry, claimants);
    // What others have taken is not there any more for a name that several variables bear.
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      Choice& choice = choice_[i];
      if (choice.by_name.size() < 2) continue;
      std::erase_if(choice.by_name, [&](std::size_t entry) { return target_of_[entry] >= 0; });
      choice.restricts = !choice.by_name.empty();
    }
  }

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
      Say(target, Evidence::kGivenPath, path, false, "the name says something else");
      Say(target, Evidence::kGivenName, name, false, "the path says something else");
      Entries all;
      std::set_union(path.begin(), path.end(), name.begin(), name.end(), std::back_inserter(all));
      findings_[target].entries = std::move(all);
      findings_[target].contradiction = true;
      return;
    }
    if (path.size() == 1) return claim(path[0], Evidence::kGivenPath, chosen.by_path.level);
    if (path.size() > 1) {
      Say(target, Evidence::kGivenPath, path, false, "it leads to several");
      findings_[target].entries = path;
      return;
    }
    if (name.size() == 1) return claim(name[0], Evidence::kGivenName, chosen.by_name.level);
    choice_[target].by_name = name;
    const Names& own = sides_.targets[target];
    if (own.has_given_path) Say(target, Evidence::kGivenPath, {}, false, "no entry has this path");
    if (name.empty() && own.state == NameState::kGiven) {
      Say(target, Evidence::kGivenName, {}, false, "no entry has this name");
    }
  }

  // One entry has one target: the path counts more than a name, and with its root more than
  // without it.
  void Award(std::size_t entry, std::vector<Claim>& claims) {
    const auto rank = [](const Claim& claim) {
      return std::pair(claim.evidence == Evidence::kGivenPath ? 0 : 1, claim.level);
    };
    const Claim& best = *std::min_element(claims.begin(), claims.end(), [&](const Claim& a, const Claim& b) {
      return rank(a) < rank(b);
    });
    Entries rivals;
    for (const Claim& claim : claims) {
      const bool as_good = rank(claim) == rank(best);
      // A name that another one chose for the owner of the entry contradicts its path.
      const Names& owner = sides_.targets[best.target];
      const bool contradicts = best.evidence == Evidence::kGivenPath &&
                               claim.evidence == Evidence::kGivenName &&
                               NamesDiffer(owner, sides_.targets[claim.target]);
      if (as_good || contradicts) rivals.push_back(claim.target);
    }
    for (const Claim& claim : claims) {
      const bool rival = std::find(rivals.begin(), rivals.end(), claim.target) != rivals.end();
      if (rival && rivals.size() == 1) {
        Say(claim.target, claim.evidence, {entry}, true, "chosen, and the only one");
        Take(claim.target, claim.evidence, entry);
      } else if (rival) {
        Say(claim.target, claim.evidence, {entry}, false, "another target is called so as well");
        findings_[claim.target].evidence = claim.evidence;
        findings_[claim.target].entries = {entry};
        for (const std::size_t other : rivals) {
          if (other != claim.target) findings_[claim.target].rivals.push_back(targets_[other].name);
        }
        if (target_of_[entry] < 0) target_of_[entry] = static_cast<std::ptrdiff_t>(claim.target);
      } else {
        Say(claim.target, claim.evidence, {entry}, false,
            fmt::format("it belongs to '{}'", targets_[best.target].name));
      }
    }
  }

  // Weak witnesses.

  bool Contradicts(std::size_t target, std::size_t entry) const {
    const Entry& there = source_.entries[entry];
    if (!MayTake(targets_[target], there.cls)) return true;
    if (source_of_[target] != kOpen) return source_of_[target] != static_cast<std::ptrdiff_t>(entry);
    if (!findings_[target].entries.empty()) return true;
    if (target_of_[entry] != kOpen) return true;
    const Choice& choice = choice_[target];
    if (choice.restricts) {
      return std::find(choice.by_name.begin(), choice.by_name.end(), entry) == choice.by_name.end();
    }
    const Names& here = sides_.targets[target];
    const Names& said = sides_.entries[entry];
    return PathsDiffer(targets_[target].root, here, said, sides_.one_root) ||
           NamesDiffer(here, said);
  }

  void CompareAllRows() {
    Tokens tokens;
    std::vector<const TensorSpec*> here_specs, there_specs;
    for (const Target& target : targets_) here_specs.push_back(&target.spec);
    for (const Entry& entry : source_.entries) there_specs.push_back(&entry.spec);
    Tree here_paths, there_paths, here_names, there_names;
    bool rooted = false, listed = true;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (IsSlot(i) || (targets_[i].cls && !IsModelSide(*targets_[i].cls))) continue;
      rooted = rooted || (targets_[i].root != RootPart::kAbsent && !targets_[i].paths.empty());
      listed = listed && targets_[i].paths.empty();
      for (const Parts& path : sides_.targets[i].paths) here_paths.Insert(path, i);
      if (!sides_.targets[i].name.empty()) here_names.Insert(sides_.targets[i].name, i);
    }
    for (std::size_t i = 0; i < source_.entries.size(); ++i) {
      if (!IsModelSide(source_.entries[i].cls)) continue;
      for (const Parts& path : sides_.entries[i].paths) there_paths.Insert(path, i);
      if (!sides_.entries[i].name.empty()) there_names.Insert(sides_.entries[i].name, i);
    }
    for (Tree* tree : {&here_paths, &here_names}) tree->Finish(here_specs, tokens);
    for (Tree* tree : {&there_paths, &there_names}) tree->Finish(there_specs, tokens);
    const auto contradicts = [this](std::size_t t, std::size_t e) { return Contradicts(t, e); };
    const std::vector<RowFinding> places =
        CompareRows({here_paths, there_paths, targets_.size(), !rooted, false, contradicts});
    // Where the file has several models, numbers count through the layers of all: what a list
    // of variables is part of does not show.
    const bool several = listed && HasSeveralModels(there_paths);
    const std::vector<RowFinding> numbers =
        CompareRows({here_names, there_names, targets_.size(), false, listed,
                     [&](std::size_t t, std::size_t e) { return several || Contradicts(t, e); }});
    Weigh(places, numbers);
  }

  static bool HasSeveralModels(const Tree& tree) {
    const auto& top = tree.At(Tree::kRoot).given;
    return std::count_if(top.begin(), top.end(), [&](const auto& child) {
             return tree.At(child.second).rows.contains({Row::kLayers, ""});
           }) > 1;
  }

  void Weigh(std::span<const RowFinding> places, std::span<const RowFinding> numbers) {
    std::map<std::size_t, std::vector<std::size_t>> by_entry;
    std::vector<Weak> weak(targets_.size());
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (!IsOpen(i)) continue;
      weak[i] = Prefer(i, places[i], numbers[i]);
      if (weak[i].entry >= 0) by_entry[static_cast<std::size_t>(weak[i].entry)].push_back(i);
    }
    for (auto& [entry, claimants] : by_entry) {
      const auto rank = [&](std::size_t target) {
        return std::pair(!weak[target].certain, weak[target].evidence);
      };
      const auto best = *std::min_element(claimants.begin(), claimants.end(),
                                          [&](auto a, auto b) { return rank(a) < rank(b); });
      std::erase_if(claimants, [&](std::size_t target) { return rank(target) != rank(best); });
      for (const std::size_t target : claimants) {
        if (claimants.size() == 1) {
          Take(target, weak[target].evidence, entry, weak[target].detail);
        } else {
          findings_[target].evidence = weak[target].evidence;
          findings_[target].entries = {entry};
          for (const std::size_t other : claimants) {
            if (other != target) findings_[target].rivals.push_back(targets_[other].name);
          }
        }
      }
    }
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (IsOpen(i)) Leave(i, places[i], numbers[i]);
    }
  }

  struct Weak {
    std::ptrdiff_t entry = RowFinding::kNothing;
    Evidence evidence = Evidence::kNone;
    bool certain = false;
    std::string detail;
  };

  static std::string RowsText(const RowFinding& row) {
    if (row.here == row.there) return fmt::format("rows of {} alike", row.here);
    return fmt::format("rows of {} here and {} in the file, which fit in one way", row.here, row.there);
  }

  Weak Prefer(std::size_t target, const RowFinding& place, const RowFinding& number) {
    const bool names_first = identity_ == Identity::kNames;
    const auto literal = [&](const RowFinding& row, Evidence evidence) -> Weak {
      if (row.literal < 0 || !Fits(target, row.literal)) return {};
      return {row.literal, evidence, false, "not certain, taken as asked"};
    };
    if (names_first && number.literal >= 0) {
      if (Weak said = literal(number, Evidence::kNumber); said.entry >= 0) return said;
    }
    if (place.certain >= 0 && number.certain >= 0 && place.certain != number.certain &&
        sides_.targets[target].perhaps_counted) {
      const Entries both = {static_cast<std::size_t>(place.certain),
                            static_cast<std::size_t>(number.certain)};
      Say(target, Evidence::kPlace, {both[0]}, false, "the name says something else");
      Say(target, Evidence::kNumber, {both[1]}, false, "the place says something else");
      findings_[target].entries = {std::min(both[0], both[1]), std::max(both[0], both[1])};
      findings_[target].contradiction = true;
      return {};
    }
    if (place.certain >= 0) {
      std::string detail = RowsText(place);
      if (number.certain >= 0 && number.certain != place.certain) {
        detail += "; the automatic numbers differ";
      }
      Say(target, Evidence::kPlace, {static_cast<std::size_t>(place.certain)}, true, detail);
      return {place.certain, Evidence::kPlace, true, std::move(detail)};
    }
    if (number.certain >= 0) {
      std::string detail = RowsText(number);
      Say(target, Evidence::kNumber, {static_cast<std::size_t>(number.certain)}, true, detail);
      return {number.certain, Evidence::kNumber, true, std::move(detail)};
    }
    if (identity_ == Identity::kPlaces) return literal(place, Evidence::kPlace);
    return {};
  }

  bool Fits(std::size_t target, std::ptrdiff_t entry) const {
    const TensorSpec& spec = source_.entries[static_cast<std::size_t>(entry)].spec;
    return spec.dtype == targets_[target].spec.dtype &&
           spec.shape.rank() == targets_[target].spec.shape.rank();
  }

  // Nothing has decided: says what spoke, and asks where two weak witnesses differ.
  void Leave(std::size_t target, const RowFinding& place, const RowFinding& number) {
    Finding& finding = findings_[target];
    const Choice& choice = choice_[target];
    if (choice.by_name.size() > 1) {
      Say(target, Evidence::kGivenName, choice.by_name, false, "several variables have this name");
      finding.entries = choice.by_name;
      return;
    }
    if (Entries bearers = BearersOf(target); bearers.size() > 1) {
      Say(target, Evidence::kNumber, bearers, false, "several variables have this name");
      finding.entries = std::move(bearers);
      return;
    }
    Entries readings;
    const auto tell = [&](const RowFinding& row, Evidence evidence, std::string_view what) {
      if (row.literal < 0 || !Fits(target, row.literal)) return;
      const auto entry = static_cast<std::size_t>(row.literal);
      if (target_of_[entry] != kOpen) return;
      Say(target, evidence, {entry}, false,
          row.here == row.there
              ? fmt::format("the rows of {} are not alike one by one", row.here)
              : fmt::format("the row has {} here and {} in the file, so its {} does not tell",
                            row.here, row.there, what));
      readings.push_back(entry);
    };
    tell(place, Evidence::kPlace, "place");
    tell(number, Evidence::kNumber, "number");
    if (readings.size() == 2 && readings[0] != readings[1]) {
      finding.entries = readings;
      finding.contradiction = true;
    } else if (!readings.empty()) {
      finding.detail = finding.witnesses.back().why;
    }
  }

  // The entries of exactly the name of a variable that has nothing else to be found by.
  Entries BearersOf(std::size_t target) {
    Entries bearers;
    const std::string& name = targets_[target].full_name;
    if (name.empty() || !targets_[target].paths.empty()) return bearers;
    if (bearers_.empty()) {
      for (std::size_t i = 0; i < source_.entries.size(); ++i) {
        const bool told = source_.entries[i].paths.empty() || !sides_.entries[i].paths.empty();
        if (told) bearers_[source_.entries[i].full_name].push_back(i);
      }
    }
    const auto found = bearers_.find(name);
    if (found == bearers_.end()) return bearers;
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(bearers),
                 [&](std::size_t i) { return target_of_[i] == kOpen; });
    return bearers;
  }

  // Tables and the like have no names but their keys.
  void FindByKey(std::size_t target) {
    const std::string& key = targets_[target].key;
    if (key.empty() || !targets_[target].paths.empty()) return;
    const auto& entries = source_.entries;
    const auto at = std::lower_bound(entries.begin(), entries.end(), key,
                                     [](const Entry& e, const std::string& k) { return e.key < k; });
    if (at == entries.end() || at->key != key || !at->paths.empty()) return;
    const auto entry = static_cast<std::size_t>(at - entries.begin());
    if (target_of_[entry] != kOpen || !MayTake(targets_[target], at->cls)) return;
    Say(target, Evidence::kKey, {entry}, true, "the same key");
    Take(target, Evidence::kKey, entry);
  }

  struct Choice {
    Entries by_name;         // Several that bear the target's given name.
    bool restricts = false;  // Only these may be its source.
  };

  const Catalog& source_;
  const std::span<const Target> targets_;
  const std::span<const std::ptrdiff_t> settled_;
  const Identity identity_;
  const Sides sides_;
  std::vector<Finding> findings_;
  std::vector<std::ptrdiff_t> source_of_, target_of_;
  std::vector<Choice> choice_;
  std::unordered_map<std::string_view, Entries> bearers_;  // Made when it is first asked for.
};

}  // namespace

std::vector<Finding> Identify(const Catalog& source, std::span<const Target> targets,
                              std::span<const std::ptrdiff_t> settled, Identity identity) {
  return Identifier(source, targets, settled, identity).Run();
}

}  // namespace identity
}  // namespace regraft
