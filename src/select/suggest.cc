#include "select/suggest.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "select/names.h"

namespace regraft::select {
namespace {

constexpr std::size_t kMost = 3;
constexpr std::size_t kCandidatesEach = 24;
constexpr std::size_t kRulesTried = 128;
constexpr std::size_t kRulesTogether = 16;
constexpr std::size_t kFewRules = 4;
// Rules repeat over a model, so an even sample of the missing targets proposes them as well.
constexpr std::size_t kSample = 256;

// The leading parts of `path` that remain without its last `count`, as a scope.
std::string Scope(std::string_view path, std::size_t count) {
  std::size_t at = path.size();
  for (std::size_t i = 0; i < count; ++i) at = at == 0 ? std::string_view::npos : path.rfind('/', at - 1);
  return at == std::string_view::npos ? "/" : std::string(path.substr(0, at + 1));
}

// The rule that takes one name to the other: a scope if their ends agree, else a pair.
MapRule RuleFor(const Candidate& candidate) {
  const CommonParts common = ComparePaths(candidate.target_name, candidate.source_name);
  if (common.back == 0) {
    return {std::string(candidate.source_name), std::string(candidate.target_name)};
  }
  return {Scope(candidate.source_name, common.back), Scope(candidate.target_name, common.back)};
}

struct Proposal {
  MapRule rule;
  std::set<std::size_t> resolves;  // Indices into `missing`.
  double score = 0;                // Of the best pair that proposed it.
};

// The missing targets that the rule gives a source of the same spec.
std::set<std::size_t> Reach(const MapRule& rule, const NameIndex& names,
                            std::span<const Target* const> missing,
                            std::span<const std::vector<std::string>> spellings) {
  std::set<std::size_t> reached;
  const bool scope = rule.to.ends_with('/');
  for (std::size_t i = 0; i < missing.size(); ++i) {
    for (const std::string& spelling : spellings[i]) {
      std::string source;
      if (!scope) {
        if (spelling != rule.to) continue;
        source = rule.from;
      } else {
        if (rule.to != "/" && !spelling.starts_with(rule.to)) continue;
        const std::string rest = spelling.substr(rule.to == "/" ? 0 : rule.to.size());
        source = rule.from == "/" ? rest : rule.from + rest;
      }
      const auto hits = names.Find(source);
      if (hits.size() == 1 && names.catalog().entries[hits[0].entry].spec == missing[i]->spec) {
        reached.insert(i);
        break;
      }
    }
  }
  return reached;
}

// Puts better proposals first; ties fall to the names that look more alike, then by text.
bool Better(const Proposal& a, const Proposal& b) {
  if (a.resolves.size() != b.resolves.size()) return a.resolves.size() > b.resolves.size();
  if (a.score != b.score) return a.score > b.score;
  return a.rule < b.rule;
}

}  // namespace

std::vector<Suggestion> Suggest(
    const Catalog& source, const Nearness& nearness, std::span<const Target* const> missing,
    std::size_t problems,
    const std::function<std::size_t(std::span<const MapRule>)>& problems_with) {
  std::map<MapRule, std::pair<std::size_t, double>> votes;
  const std::size_t stride = (missing.size() + kSample - 1) / kSample;
  for (std::size_t at = 0; at < missing.size(); at += stride) {
    const Target* target = missing[at];
    const std::vector<Candidate> candidates = nearness.For(*target);
    std::set<MapRule> seen;
    for (std::size_t i = 0; i < std::min(kCandidatesEach, candidates.size()); ++i) {
      if (source.entries[candidates[i].entry].spec != target->spec) continue;
      const MapRule rule = RuleFor(candidates[i]);
      if (!seen.insert(rule).second) continue;
      auto& [count, score] = votes[rule];
      ++count;
      score = std::max(score, candidates[i].score);
    }
  }
  std::vector<std::pair<MapRule, std::pair<std::size_t, double>>> ranked(votes.begin(), votes.end());
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second.first != b.second.first ? a.second.first > b.second.first
                                            : a.second.second > b.second.second;
  });
  if (ranked.size() > kRulesTried) ranked.resize(kRulesTried);

  const NameIndex names(source);
  std::vector<std::vector<std::string>> spellings;
  for (const Target* target : missing) spellings.push_back(SpellingsOf(*target));
  std::vector<Proposal> proposals;
  for (const auto& [rule, vote] : ranked) {
    Proposal proposal{rule, Reach(rule, names, missing, spellings), vote.second};
    if (!proposal.resolves.empty()) proposals.push_back(std::move(proposal));
  }
  std::sort(proposals.begin(), proposals.end(), Better);

  // Rules together: always the one that reaches most of what is left.
  std::vector<std::vector<MapRule>> sets;
  std::vector<MapRule> together;
  std::vector<Proposal> rest = proposals;
  while (!rest.empty() && together.size() < kRulesTogether) {
    const Proposal best = rest.front();
    together.push_back(best.rule);
    for (Proposal& proposal : rest) {
      for (const std::size_t i : best.resolves) proposal.resolves.erase(i);
    }
    std::erase_if(rest, [](const Proposal& p) { return p.resolves.empty(); });
    std::sort(rest.begin(), rest.end(), Better);
  }
  if (!together.empty()) sets.push_back(together);
  for (const Proposal& proposal : proposals) {
    if (sets.size() == 2 * kMost) break;
    sets.push_back({proposal.rule});
  }

  std::vector<Suggestion> out;
  for (std::vector<MapRule>& set : sets) {
    std::sort(set.begin(), set.end());
    const std::size_t left = problems_with(set);
    if (left >= problems) continue;
    // A long list that mends little is no help.
    if (set.size() > kFewRules && 2 * left > problems) continue;
    Suggestion suggestion{std::move(set), problems - left, problems};
    if (std::find(out.begin(), out.end(), suggestion) == out.end()) out.push_back(std::move(suggestion));
  }
  std::stable_sort(out.begin(), out.end(), [](const Suggestion& a, const Suggestion& b) {
    return a.resolves != b.resolves ? a.resolves > b.resolves : a.map.size() < b.map.size();
  });
  if (out.size() > kMost) out.resize(kMost);
  return out;
}

}  // namespace regraft::select
