#include "identity/weigh.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/rows.h"
#include "identity/trained.h"
#include "regraft/entry.h"

namespace regraft::identity {
namespace {

class Weighing {
 public:
  Weighing(Ledger& ledger, Identity identity) : ledger_(ledger), identity_(identity) {}

  void CompareAllRows() {
    Tokens tokens;
    std::vector<const TensorSpec*> here_specs, there_specs;
    for (const Target& target : ledger_.targets) here_specs.push_back(&target.spec);
    for (const Entry& entry : ledger_.source.entries) there_specs.push_back(&entry.spec);
    Tree here_paths, there_paths, here_names, there_names;
    bool rooted = false, listed = true;
    for (std::size_t i = 0; i < ledger_.targets.size(); ++i) {
      if (ledger_.IsSlot(i) || (ledger_.targets[i].cls && !IsModelSide(*ledger_.targets[i].cls)))
        continue;
      rooted = rooted ||
               (ledger_.targets[i].root != RootPart::kAbsent && !ledger_.targets[i].paths.empty());
      listed = listed && ledger_.targets[i].paths.empty();
      for (const Parts* path : PathsInRows(ledger_.sides, ledger_.sides.targets[i])) {
        here_paths.Insert(*path, i);
      }
      if (!ledger_.sides.targets[i].name.empty())
        here_names.Insert(ledger_.sides.targets[i].name, i);
    }
    for (std::size_t i = 0; i < ledger_.source.entries.size(); ++i) {
      if (!IsModelSide(ledger_.source.entries[i].cls)) continue;
      for (const Parts* path : PathsInRows(ledger_.sides, ledger_.sides.entries[i])) {
        there_paths.Insert(*path, i);
      }
      if (!ledger_.sides.entries[i].name.empty())
        there_names.Insert(ledger_.sides.entries[i].name, i);
    }
    for (Tree* tree : {&here_paths, &here_names}) tree->Finish(here_specs, tokens);
    for (Tree* tree : {&there_paths, &there_names}) tree->Finish(there_specs, tokens);
    const auto contradicts = [this](std::size_t t, std::size_t e) {
      return ledger_.Contradicts(t, e);
    };
    std::vector<RowFinding> places =
        CompareRows({here_paths, there_paths, ledger_.targets.size(), !rooted, false, contradicts});
    AddTrained(places);
    // Where the file has several models, numbers count through the layers of all: what a list
    // of variables is part of does not show.
    const bool several = listed && HasSeveralModels(there_paths);
    const std::vector<RowFinding> numbers = CompareRows(
        {here_names, there_names, ledger_.targets.size(), false, listed,
         [&](std::size_t t, std::size_t e) { return several || ledger_.Contradicts(t, e); }});
    Weigh(places, numbers);
  }

 private:
  // What only the list of an optimizer leads to is at the same number of it, if that list
  // contradicts nothing that is known.
  void AddTrained(std::vector<RowFinding>& places) const {
    for (const std::vector<TrainedPair>& pairs : PairTrained(ledger_.source, ledger_.targets)) {
      const bool contradicted =
          std::any_of(pairs.begin(), pairs.end(), [&](const TrainedPair& pair) {
            const auto& [target, entry] = pair;
            const std::ptrdiff_t sure = places[target].certain;
            return (sure >= 0 && sure != static_cast<std::ptrdiff_t>(entry)) ||
                   ledger_.Contradicts(target, entry);
          });
      if (contradicted) continue;
      for (const auto& [target, entry] : pairs) {
        RowFinding& place = places[target];
        if (!ledger_.sides.entries[entry].paths.empty() || place.literal >= 0) continue;
        place.literal = static_cast<std::ptrdiff_t>(entry);
        place.here = place.there = pairs.size();
        place.trained = true;
      }
    }
  }

  static bool HasSeveralModels(const Tree& tree) {
    const auto& top = tree.At(Tree::kRoot).given;
    return std::count_if(top.begin(), top.end(), [&](const auto& child) {
             return tree.At(child.second).rows.contains({Row::kLayers, ""});
           }) > 1;
  }

  void Weigh(std::span<const RowFinding> places, std::span<const RowFinding> numbers) {
    std::map<std::size_t, std::vector<std::size_t>> by_entry;
    std::vector<Weak> weak(ledger_.targets.size());
    for (std::size_t i = 0; i < ledger_.targets.size(); ++i) {
      if (!ledger_.IsOpen(i)) continue;
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
      const Weak& said = weak[claimants[0]];
      if (claimants.size() == 1) {
        ledger_.Take(claimants[0], said.evidence, entry, said.detail);
      } else {
        ledger_.Contest(claimants, said.evidence, entry);
      }
    }
    for (std::size_t i = 0; i < ledger_.targets.size(); ++i) {
      if (ledger_.IsOpen(i)) Leave(i, places[i], numbers[i]);
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
    return fmt::format("rows of {} here and {} in the file, which fit in one way", row.here,
                       row.there);
  }

  Weak Prefer(std::size_t target, const RowFinding& place, const RowFinding& number) {
    const bool names_first = identity_ == Identity::kNames;
    const auto literal = [&](const RowFinding& row, Evidence evidence) -> Weak {
      if (row.literal < 0 || !Fits(target, row.literal)) return {};
      return {row.literal, evidence, false,
              row.trained ? "by its number in the optimizer's list, taken as asked"
                          : "not certain, taken as asked"};
    };
    if (names_first && number.literal >= 0) {
      if (Weak said = literal(number, Evidence::kNumber); said.entry >= 0) return said;
    }
    if (place.certain >= 0 && number.certain >= 0 && place.certain != number.certain &&
        ledger_.sides.targets[target].perhaps_counted) {
      const Entries both = {static_cast<std::size_t>(place.certain),
                            static_cast<std::size_t>(number.certain)};
      ledger_.Say(target, Evidence::kPlace, {both[0]}, false, "the name says something else");
      ledger_.Say(target, Evidence::kNumber, {both[1]}, false, "the place says something else");
      ledger_.findings[target].entries = {std::min(both[0], both[1]), std::max(both[0], both[1])};
      ledger_.findings[target].contradiction = true;
      return {};
    }
    if (place.certain >= 0) {
      std::string detail = RowsText(place);
      if (number.certain >= 0 && number.certain != place.certain) {
        detail += "; the automatic numbers differ";
      }
      ledger_.Say(target, Evidence::kPlace, {static_cast<std::size_t>(place.certain)}, true,
                  detail);
      return {place.certain, Evidence::kPlace, true, std::move(detail)};
    }
    if (number.certain >= 0) {
      std::string detail = RowsText(number);
      ledger_.Say(target, Evidence::kNumber, {static_cast<std::size_t>(number.certain)}, true,
                  detail);
      return {number.certain, Evidence::kNumber, true, std::move(detail)};
    }
    if (identity_ == Identity::kPlaces) return literal(place, Evidence::kPlace);
    return {};
  }

  bool Fits(std::size_t target, std::ptrdiff_t entry) const {
    const TensorSpec& spec = ledger_.source.entries[static_cast<std::size_t>(entry)].spec;
    return spec.dtype == ledger_.targets[target].spec.dtype &&
           spec.shape.rank() == ledger_.targets[target].spec.shape.rank();
  }

  // Nothing has decided: says what spoke, and asks where two weak witnesses differ.
  void Leave(std::size_t target, const RowFinding& place, const RowFinding& number) {
    Finding& finding = ledger_.findings[target];
    const Ledger::Choice& choice = ledger_.choice[target];
    if (choice.by_name.size() > 1) {
      ledger_.Say(target, Evidence::kGivenName, choice.by_name, false,
                  "several variables have this name");
      finding.entries = choice.by_name;
      return;
    }
    if (Entries bearers = BearersOf(target); bearers.size() > 1) {
      ledger_.Say(target, Evidence::kNumber, bearers, false, "several variables have this name");
      finding.entries = std::move(bearers);
      return;
    }
    Entries readings;
    const auto tell = [&](const RowFinding& row, Evidence evidence, std::string_view what) {
      if (row.literal < 0 || !Fits(target, row.literal)) return;
      const auto entry = static_cast<std::size_t>(row.literal);
      if (ledger_.target_of[entry] != kOpen) return;
      ledger_.Say(
          target, evidence, {entry}, false,
          row.trained ? "only the list of an optimizer leads to it, which tells its number and not "
                        "whose it is"
          : row.here == row.there
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
    const std::string& name = ledger_.targets[target].full_name;
    if (name.empty() || !ledger_.targets[target].paths.empty()) return bearers;
    if (bearers_.empty()) {
      for (std::size_t i = 0; i < ledger_.source.entries.size(); ++i) {
        const bool told =
            ledger_.source.entries[i].paths.empty() || !ledger_.sides.entries[i].paths.empty();
        if (told) bearers_[ledger_.source.entries[i].full_name].push_back(i);
      }
    }
    const auto found = bearers_.find(name);
    if (found == bearers_.end()) return bearers;
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(bearers),
                 [&](std::size_t i) { return ledger_.target_of[i] == kOpen; });
    return bearers;
  }

  Ledger& ledger_;
  const Identity identity_;
  std::unordered_map<std::string_view, Entries> bearers_;  // Made when it is first asked for.
};

}  // namespace

void WeighRows(Ledger& ledger, Identity identity) { Weighing(ledger, identity).CompareAllRows(); }

}  // namespace regraft::identity
