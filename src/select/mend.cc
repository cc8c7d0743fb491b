#include "select/mend.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regraft/entry.h"
#include "select/nearness.h"
#include "select/suggest.h"
#include "select/unsaved.h"

namespace regraft::select {
namespace {

// Missing targets whose nearest entries are looked up; a person reads no more of them.
constexpr std::size_t kExplained = 100;

// What a plan with problems offers besides: near names, rules, readings.
class Mender {
 public:
  Mender(const Catalog& source, std::span<const Target> targets, const Rules& rules,
         const PlanWith& plan_with, Plan& plan)
      : source_(source),
        targets_(targets),
        rules_(rules),
        plan_with_(plan_with),
        plan_(plan),
        problems_(plan.Problems()) {}

  void Run() {
    std::vector<PlannedTarget*> missing;
    std::vector<std::size_t> wanted, ambiguous;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (plan_.targets[i].outcome == Outcome::kAmbiguous) ambiguous.push_back(i);
      if (plan_.targets[i].outcome != Outcome::kMissing) continue;
      missing.push_back(&plan_.targets[i]);
      wanted.push_back(i);
    }
    if (!missing.empty()) {
      std::set<std::string_view> unused;
      for (const UnusedEntry& entry : plan_.unused) unused.insert(entry.key);
      std::vector<bool> available;
      for (const Entry& entry : source_.entries) available.push_back(unused.contains(entry.key));
      AddNearest(missing, available);
      // Without the graph nothing could contradict a suggestion.
      if (!source_.graph_error) AddSuggestions(available, wanted, ambiguous);
      AddUnsavedLists(source_, missing, plan_.notes);
    }
    AddReadings();
  }

 private:
  void AddSuggestions(const std::vector<bool>& available, std::span<const std::size_t> wanted,
                      std::span<const std::size_t> ambiguous) {
    const Offer offer = FindOffer(source_, available, targets_, wanted, ambiguous);
    plan_.suggestions = Verified(offer, plan_, [this](std::span<const MapRule> more) {
      return plan_with_(more, rules_.identity);
    });
    plan_.undecided = offer.undecided;
  }

  void AddNearest(std::span<PlannedTarget* const> missing, const std::vector<bool>& available) {
    const Nearness nearness(source_, available);
    for (std::size_t i = 0; i < missing.size() && i < kExplained; ++i) {
      PlannedTarget* const planned = missing[i];
      std::set<std::size_t> shown;
      for (const Near& near : nearness.For(planned->target)) {
        if (shown.size() == 2) break;
        if (!shown.insert(near.entry).second) continue;
        planned->candidates.push_back(nearness.Describe(planned->target, near));
      }
    }
  }

  void AddReading(Reading reading) {
    if (plan_.readings.size() == kMostReadings) return;
    if (reading.map.empty() && reading.identity == rules_.identity) return;
    const std::optional<Plan> again = plan_with_(reading.map, reading.identity);
    const std::size_t left = again ? again->Problems() : problems_;
    if (left >= problems_) return;
    reading.resolves = problems_ - left;
    plan_.readings.push_back(std::move(reading));
  }

  void AddReadings() {
    bool weak = false;
    std::vector<MapRule> by_path, by_name;
    std::map<std::string, std::vector<MapRule>> by_root;
    for (const PlannedTarget& planned : plan_.targets) {
      if (planned.outcome != Outcome::kAmbiguous && planned.outcome != Outcome::kMissing) continue;
      const Witness* path = nullptr;
      const Witness* name = nullptr;
      for (const Witness& witness : planned.witnesses) {
        if (witness.evidence == Evidence::kGivenPath) path = &witness;
        if (witness.evidence == Evidence::kGivenName) name = &witness;
        weak =
            weak || witness.evidence == Evidence::kPlace || witness.evidence == Evidence::kNumber;
      }
      if (planned.outcome != Outcome::kAmbiguous) continue;
      const auto add = [&](const std::string& source, std::vector<MapRule>& rules) {
        rules.push_back({source, planned.target.name});
      };
      if (path != nullptr && name != nullptr && path->sources.size() == 1 &&
          name->sources.size() == 1) {
        add(path->sources[0], by_path);
        add(name->sources[0], by_name);
      } else if (path != nullptr && path->sources.size() > 1) {
        for (const std::string& each : path->sources)
          add(each, by_root[each.substr(0, each.find('/'))]);
      }
    }
    if (!by_path.empty() && by_path.size() <= kRulesInReading) {
      AddReading({"the paths", by_path, rules_.identity, 0});
      AddReading({"the names", by_name, rules_.identity, 0});
    }
    for (const auto& [root, rules] : by_root) {
      AddReading(
          {fmt::format("what is below '{}'", root), AsScope(root, rules), rules_.identity, 0});
    }
    if (weak && !source_.graph_error) {
      AddReading({"the places", {}, Identity::kPlaces, 0});
      AddReading({"the automatic names", {}, Identity::kNames, 0});
    }
  }

  // One scope, if it says the same as the rules.
  std::vector<MapRule> AsScope(const std::string& root, const std::vector<MapRule>& rules) const {
    std::set<std::string> scopes;
    for (const MapRule& rule : rules) {
      if (rule.from.size() <= root.size()) return rules;  // It is at the top itself.
      const std::string_view below = std::string_view(rule.from).substr(root.size() + 1);
      if (!rule.to.ends_with(below)) return rules;
      scopes.insert(rule.to.substr(0, rule.to.size() - below.size()));
    }
    if (scopes.size() != 1) return rules;
    return {{root + "/", scopes.begin()->empty() ? "/" : *scopes.begin()}};
  }

  static constexpr std::size_t kMostReadings = 3;
  static constexpr std::size_t kRulesInReading = 16;

  const Catalog& source_;
  const std::span<const Target> targets_;
  const Rules& rules_;
  const PlanWith& plan_with_;
  Plan& plan_;
  const std::size_t problems_;
};

}  // namespace

void Mend(const Catalog& source, std::span<const Target> targets, const Rules& rules,
          const PlanWith& plan_with, Plan& plan) {
  if (plan.Problems() > 0) Mender(source, targets, rules, plan_with, plan).Run();
}

}  // namespace regraft::select
