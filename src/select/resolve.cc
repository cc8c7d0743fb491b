#include "select/resolve.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"

namespace regraft::select {
namespace {

using EntryList = std::vector<std::size_t>;

// Map rules by what they say of a target: pairs by its name, scopes by a prefix of it.
class MapIndex {
 public:
  MapIndex(std::span<const MapRule> map, std::span<const Target> targets) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      (map[i].to.ends_with('/') ? scopes_ : pairs_)[map[i].to].push_back(i);
    }
    if (pairs_.empty()) return;
    for (const Target& target : targets) {
      for (const std::string& exact : {target.name, target.key}) {
        if (pairs_.contains(exact)) exact_.insert(exact);
      }
    }
  }

  struct Named {
    std::size_t rule;
    std::string source;  // The name that the rule asks for.
  };

  // What the highest-ranking rules that name the target ask for.
  std::vector<Named> Sources(std::span<const MapRule> map, const Target& target) const {
    const std::vector<std::string> spellings = SpellingsOf(target);
    std::vector<Named> found;
    for (const std::string& name : spellings) {
      // What is exactly one target's name or key does not mean others that are called so.
      if (name != target.name && name != target.key && exact_.contains(name)) continue;
      if (const auto it = pairs_.find(name); it != pairs_.end()) {
        for (const std::size_t rule : it->second) found.push_back({rule, map[rule].from});
      }
    }
    if (!found.empty()) return found;
    std::size_t longest = 0;
    for (const std::string& name : spellings) {
      for (std::size_t end = name.rfind('/'); end != std::string::npos;
           end = end == 0 ? std::string::npos : name.rfind('/', end - 1)) {
        const auto it = scopes_.find(name.substr(0, end + 1));
        if (it == scopes_.end() || end + 1 < longest) continue;
        if (end + 1 > longest) found.clear();
        longest = end + 1;
        for (const std::size_t rule : it->second) {
          found.push_back({rule, Scoped(map[rule].from, name.substr(end + 1))});
        }
      }
    }
    if (const auto it = scopes_.find("/"); found.empty() && it != scopes_.end()) {
      for (const std::string& name : spellings) {
        for (const std::size_t rule : it->second)
          found.push_back({rule, Scoped(map[rule].from, name)});
      }
    }
    return found;
  }

 private:
  static std::string Scoped(const std::string& scope, const std::string& rest) {
    return scope == "/" ? rest : scope + rest;
  }

  std::unordered_map<std::string, std::vector<std::size_t>> pairs_, scopes_;
  std::set<std::string> exact_;  // Those of pairs_ that are a target's name or key.
};

void Merge(const EntryList& from, EntryList& into) {
  for (const std::size_t entry : from) {
    if (std::find(into.begin(), into.end(), entry) == into.end()) into.push_back(entry);
  }
  std::sort(into.begin(), into.end());
}

class Mapper {
 public:
  Mapper(const NameIndex& names, std::span<const Target> targets, std::span<const MapRule> map)
      : names_(names), map_(map), map_index_(map, targets), matches_(map.size()) {}

  // What the map says of a target; without evidence if it does not name it.
  Resolution Map(const Target& target) {
    Resolution out;
    std::vector<MapIndex::Named> named;
    if (!map_.empty()) named = map_index_.Sources(map_, target);
    if (named.empty() && target.mapped_from.empty()) return out;
    out.found.evidence = Evidence::kMap;
    // A rule may reach the target through several spellings of it; its answers are one set.
    std::map<Setting, EntryList> by_rule;
    std::set<Setting> by_key;  // Rules that an exact key has answered: it means nothing else.
    const auto ask = [&](const Setting& rule, const std::string& source) {
      for (const NameIndex::Hit& hit : names_.Find(source)) {
        const bool exact = hit.spelling == Spelling::kKey;
        if (!exact && by_key.contains(rule)) continue;
        if (exact && by_key.insert(rule).second) by_rule.erase(rule);
        // Spellings of a target are tried from its key on, so the first that hits is the one
        // that a person would recognise.
        if (by_rule.empty()) out.spelling = hit.spelling;
        Merge({hit.entry}, by_rule[rule]);
      }
    };
    std::set<std::size_t> rules;
    for (const MapIndex::Named& name : named) {
      rules.insert(name.rule);
      ask(AsSetting(map_[name.rule]), name.source);
    }
    for (const std::size_t rule : rules) ++matches_[rule];
    if (!target.mapped_from.empty()) {
      ask(AsSetting({target.mapped_from, target.name}), target.mapped_from);
    }
    for (const auto& [rule, entries] : by_rule) {
      Merge(entries, out.found.entries);
      out.rule = rule;
    }
    if (by_rule.empty()) {
      out.rule = target.mapped_from.empty() ? AsSetting(map_[*rules.begin()])
                                            : AsSetting({target.mapped_from, target.name});
    }
    out.conflict = by_rule.size() > 1 && out.found.entries.size() > 1;
    return out;
  }

  std::vector<std::size_t> TakeMatches() && { return std::move(matches_); }

 private:
  const NameIndex& names_;
  std::span<const MapRule> map_;
  MapIndex map_index_;
  std::vector<std::size_t> matches_;
};

}  // namespace

Setting AsSetting(const MapRule& rule) { return {Option::kMap, rule.from + "=>" + rule.to}; }

ResolvedTargets Resolve(const NameIndex& names, std::span<const Target> targets,
                        std::span<const MapRule> map, Identity identity) {
  Mapper mapper(names, targets, map);
  ResolvedTargets out;
  out.targets.reserve(targets.size());
  std::vector<std::ptrdiff_t> settled;
  for (const Target& target : targets) {
    out.targets.push_back(mapper.Map(target));
    const identity::Finding& found = out.targets.back().found;
    settled.push_back(found.evidence == Evidence::kNone ? identity::kOpen
                      : out.targets.back().resolved()
                          ? static_cast<std::ptrdiff_t>(found.entries[0])
                          : identity::kNoSource);
  }
  out.rule_matches = std::move(mapper).TakeMatches();
  std::vector<identity::Finding> found =
      identity::Identify(names.catalog(), targets, settled, identity);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (settled[i] == identity::kOpen) out.targets[i].found = std::move(found[i]);
  }
  return out;
}

}  // namespace regraft::select
