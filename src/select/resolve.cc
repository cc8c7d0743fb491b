#include "select/resolve.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "select/targets.h"

namespace regraft::select {
namespace {

using EntryList = std::vector<std::size_t>;

// The path with one leading '_' of each component left out, Keras 3's private spelling.
std::string WithoutPrivate(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool component_start = i == 0 || path[i - 1] == '/';
    if (component_start && path[i] == '_' && i + 1 < path.size() && path[i + 1] != '/') continue;
    out += path[i];
  }
  return out;
}

bool IsModelState(const Entry& entry) {
  return entry.cls == EntryClass::kWeights || entry.cls == EntryClass::kBnStats;
}

// The lookups that the steps compare by.
class StepIndex {
 public:
  explicit StepIndex(const Catalog& catalog) : catalog_(catalog) {
    const bool one_root = HasOneRoot();
    for (std::size_t i = 0; i < catalog.entries.size(); ++i) {
      const Entry& entry = catalog.entries[i];
      if (!entry.full_name.empty()) Add(by_full_name_[entry.full_name], i);
      for (const std::string& path : entry.paths) {
        Add(by_path_[path], i);
        const std::string bare = WithoutPrivate(path);
        Add(by_bare_path_[bare], i);
        const std::size_t slash = bare.find('/');
        if (slash == std::string::npos) continue;
        // A single part below the root ("kernel") identifies a variable only if the part
        // above it is the root of everything, as in Checkpoint(model=m).
        const std::string below = bare.substr(slash + 1);
        if (one_root || below.find('/') != std::string::npos) Add(by_below_root_[below], i);
      }
    }
  }

  const EntryList& ByPath(const std::string& path) const { return Get(by_path_, path); }
  const EntryList& ByFullName(const std::string& name) const { return Get(by_full_name_, name); }
  const EntryList& ByBarePath(const std::string& path) const { return Get(by_bare_path_, path); }
  const EntryList& ByBelowRoot(const std::string& path) const { return Get(by_below_root_, path); }

 private:
  using Lookup = std::unordered_map<std::string, EntryList>;

  static void Add(EntryList& list, std::size_t entry) {
    if (list.empty() || list.back() != entry) list.push_back(entry);
  }
  const EntryList& Get(const Lookup& lookup, const std::string& name) const {
    const auto it = lookup.find(name);
    return it == lookup.end() ? none_ : it->second;
  }

  bool HasOneRoot() const {
    std::string_view root;
    for (const Entry& entry : catalog_.entries) {
      if (!IsModelState(entry) || entry.paths.empty()) continue;
      const std::string_view path = entry.paths[0];
      const std::size_t slash = path.find('/');
      if (slash == std::string_view::npos) return false;
      if (!root.empty() && root != path.substr(0, slash)) return false;
      root = path.substr(0, slash);
    }
    return !root.empty();
  }

  const Catalog& catalog_;
  Lookup by_path_, by_full_name_, by_bare_path_, by_below_root_;
  const EntryList none_;
};

void Merge(const EntryList& from, EntryList& into) {
  for (const std::size_t entry : from) {
    if (std::find(into.begin(), into.end(), entry) == into.end()) into.push_back(entry);
  }
  std::sort(into.begin(), into.end());
}

// Map rules by what they say of a target: pairs by its name, scopes by a prefix of it.
class MapIndex {
 public:
  explicit MapIndex(std::span<const MapRule> map) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      (map[i].to.ends_with('/') ? scopes_ : pairs_)[map[i].to].push_back(i);
    }
  }

  struct Named {
    std::size_t rule;
    std::string source;  // The name that the rule asks for.
  };

  // What the highest-ranking rules that name the target ask for.
  std::vector<Named> Sources(std::span<const MapRule> map,
                             const std::vector<std::string>& spellings) const {
    std::vector<Named> found;
    for (const std::string& name : spellings) {
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
        for (const std::size_t rule : it->second) found.push_back({rule, Scoped(map[rule].from, name)});
      }
    }
    return found;
  }

 private:
  static std::string Scoped(const std::string& scope, const std::string& rest) {
    return scope == "/" ? rest : scope + rest;
  }

  std::unordered_map<std::string, std::vector<std::size_t>> pairs_, scopes_;
};

class Resolver {
 public:
  Resolver(const NameIndex& names, std::span<const MapRule> map)
      : names_(names), map_(map), steps_(names.catalog()), map_index_(map), matches_(map.size()) {}

  Resolution ResolveOne(const Target& target) {
    if (Resolution mapped = ByMap(target); mapped.step == Step::kMap) return mapped;
    Resolution out;
    for (const std::string& path : target.paths) Merge(steps_.ByPath(path), out.entries);
    if (!out.entries.empty()) return Found(std::move(out), Step::kPath, Spelling::kPath);
    if (!target.key.empty()) {
      for (const NameIndex::Hit& hit : names_.Find(target.key)) {
        if (hit.spelling != Spelling::kKey && hit.spelling != Spelling::kShortKey) continue;
        Merge({hit.entry}, out.entries);
        out.spelling = hit.spelling;
      }
      if (!out.entries.empty()) {
        const Spelling spelling = out.spelling;
        return Found(std::move(out), Step::kKey, spelling);
      }
    }
    if (!target.full_name.empty()) {
      Merge(steps_.ByFullName(target.full_name), out.entries);
      if (!out.entries.empty()) return Found(std::move(out), Step::kFullName, Spelling::kFullName);
    }
    for (const std::string& below : target.below_root) {
      Merge(steps_.ByBarePath(WithoutPrivate(below)), out.entries);
    }
    if (out.entries.empty()) {
      for (const std::string& below : target.below_root) {
        Merge(steps_.ByBelowRoot(WithoutPrivate(below)), out.entries);
      }
    }
    if (!out.entries.empty()) return Found(std::move(out), Step::kBelowRoot, Spelling::kPath);
    return out;
  }

  std::vector<std::size_t> TakeMatches() && { return std::move(matches_); }

 private:
  static Resolution Found(Resolution resolution, Step step, Spelling spelling) {
    resolution.step = step;
    resolution.spelling = spelling;
    return resolution;
  }

  Resolution ByMap(const Target& target) {
    Resolution out;
    std::vector<MapIndex::Named> named;
    if (!map_.empty()) named = map_index_.Sources(map_, SpellingsOf(target));
    if (named.empty() && target.mapped_from.empty()) return out;
    out.step = Step::kMap;
    // A rule may reach the target through several spellings of it; its answers are one set.
    std::map<std::string, EntryList> by_rule;
    const auto ask = [&](const std::string& rule, const std::string& source) {
      for (const NameIndex::Hit& hit : names_.Find(source)) {
        // Spellings of a target are tried from its key on, so the first that hits is the one
        // that a person would recognise.
        if (by_rule.empty()) out.spelling = hit.spelling;
        Merge({hit.entry}, by_rule[rule]);
      }
    };
    std::set<std::size_t> rules;
    for (const MapIndex::Named& name : named) {
      rules.insert(name.rule);
      ask(MapRuleText(map_[name.rule]), name.source);
    }
    for (const std::size_t rule : rules) ++matches_[rule];
    if (!target.mapped_from.empty()) {
      ask(MapRuleText({target.mapped_from, target.name}), target.mapped_from);
    }
    for (const auto& [rule, entries] : by_rule) {
      Merge(entries, out.entries);
      out.rule = rule;
    }
    if (by_rule.empty()) {
      out.rule = target.mapped_from.empty() ? MapRuleText(map_[*rules.begin()])
                                            : MapRuleText({target.mapped_from, target.name});
    }
    out.conflict = by_rule.size() > 1 && out.entries.size() > 1;
    return out;
  }

  const NameIndex& names_;
  std::span<const MapRule> map_;
  StepIndex steps_;
  MapIndex map_index_;
  std::vector<std::size_t> matches_;
};

}  // namespace

std::string MapRuleText(const MapRule& rule) {
  return "--map " + ShellQuoted(rule.from + "=>" + rule.to);
}

ResolvedTargets Resolve(const NameIndex& names, std::span<const Target> targets,
                        std::span<const MapRule> map) {
  Resolver resolver(names, map);
  ResolvedTargets out;
  out.targets.reserve(targets.size());
  for (const Target& target : targets) out.targets.push_back(resolver.ResolveOne(target));
  out.rule_matches = std::move(resolver).TakeMatches();

  // A step counts only if it is one-to-one. Two targets at the same step are rivals; an entry
  // that an earlier step has given away is no answer for a later one.
  std::map<std::size_t, std::map<Step, std::vector<std::size_t>>> claims;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Resolution& resolution = out.targets[i];
    if (resolution.entries.size() == 1 && resolution.step != Step::kMap) {
      claims[resolution.entries[0]][resolution.step].push_back(i);
    }
  }
  for (const auto& [entry, by_step] : claims) {
    bool first = true;
    for (const auto& [step, claimants] : by_step) {
      for (const std::size_t claimant : claimants) {
        if (!first) {
          out.targets[claimant] = Resolution{};
          continue;
        }
        for (const std::size_t rival : claimants) {
          if (rival != claimant) out.targets[claimant].rivals.push_back(targets[rival].name);
        }
      }
      first = false;
    }
  }
  for (Resolution& resolution : out.targets) {
    std::sort(resolution.rivals.begin(), resolution.rivals.end());
  }
  return out;
}

}  // namespace regraft::select
