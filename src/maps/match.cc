#include "maps/match.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "regraft/names.h"
#include "select/pattern.h"

namespace regraft::maps {
namespace {

// All names of all entries, without a prefix that they begin with.
class Names {
 public:
  Names(const Catalog& catalog, std::string_view prefix) : catalog_(catalog) {
    names_.resize(catalog.entries.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Entry& entry = catalog.entries[i];
      const auto add = [&](std::string_view name) {
        if (!name.starts_with(prefix)) return;
        std::string rest(name.substr(prefix.size()));
        auto& known = names_[i];
        if (std::find(known.begin(), known.end(), rest) == known.end()) {
          known.push_back(std::move(rest));
        }
      };
      // What people see counts before all other spellings.
      add(entry.name);
      add(entry.key);
      for (const std::string& spelling : SpellingsOf(entry)) add(spelling);
      for (const std::string& name : names_[i]) by_name_[name].push_back(i);
    }
  }

  std::span<const std::string> Of(std::size_t entry) const { return names_[entry]; }

  // Matches of one pattern, each entry by the first of its names that is one.
  void Match(const NamePattern& pattern, std::size_t place, std::vector<maps::Match>& out) const {
    if (const auto literal = pattern.literal()) {
      for (const std::size_t entry : Named(*literal)) out.push_back({place, entry, {}});
      return;
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      for (const std::string& name : names_[i]) {
        Captures captures;
        if (!pattern.Match(name, captures)) continue;
        out.push_back({place, i, std::move(captures)});
        break;
      }
    }
  }

 private:
  // Those that have exactly this name; the ones that people see by it, if there are any.
  std::vector<std::size_t> Named(std::string_view name) const {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) return {};
    std::vector<std::size_t> first;
    for (const std::size_t entry : found->second) {
      if (names_[entry].front() == name) first.push_back(entry);
    }
    return first.empty() ? found->second : first;
  }

  const Catalog& catalog_;
  std::vector<std::vector<std::string>> names_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
};

Result<std::vector<bool>> Skipped(const TensorMap& map, const Catalog& catalog,
                                  const Names& names) {
  std::vector<bool> skipped(catalog.entries.size(), false);
  for (const std::string& glob : map.skip) {
    REGRAFT_TRY(const select::Pattern pattern, select::Pattern::Glob(glob));
    for (std::size_t i = 0; i < skipped.size(); ++i) {
      skipped[i] = skipped[i] || pattern.Matches(names.Of(i), catalog.entries[i].cls);
    }
  }
  return skipped;
}

std::vector<std::vector<Match>> MatchAll(const CompiledMap& compiled, const Names& names,
                                         const std::vector<bool>& skipped) {
  std::vector<std::vector<Match>> out(compiled.rules.size());
  for (std::size_t r = 0; r < out.size(); ++r) {
    const CompiledRule& rule = compiled.rules[r];
    for (std::size_t i = 0; i < rule.from.size(); ++i) names.Match(rule.from[i], i, out[r]);
    std::erase_if(out[r], [&](const Match& match) { return skipped[match.entry]; });
  }
  return out;
}

// Of the alternatives of each name, only the first that was found anywhere stays.
void FixAlternatives(const CompiledMap& compiled, std::vector<std::vector<Match>>& all) {
  std::set<std::string> names;
  for (const CompiledRule& rule : compiled.rules) {
    for (const NamePattern& pattern : rule.from) {
      for (const Hole& hole : pattern.holes()) {
        if (hole.kind == Hole::Kind::kAlternative) names.insert(hole.name);
      }
    }
  }
  for (const std::string& name : names) {
    std::optional<std::int64_t> first;
    for (const auto& matches : all) {
      for (const Match& match : matches) {
        const Capture* const capture = FindCapture(match.captures, name);
        if (capture != nullptr) first = std::min(first.value_or(capture->number), capture->number);
      }
    }
    for (auto& matches : all) {
      std::erase_if(matches, [&](const Match& match) {
        const Capture* const capture = FindCapture(match.captures, name);
        return capture != nullptr && capture->number != *first;
      });
    }
  }
}

// A name is unravelled by one of several lists: the one that all of its values fill.
bool Fills(const Unravel& unravel, const std::vector<std::vector<Match>>& all) {
  std::int64_t sum = 0;
  for (const std::int64_t size : unravel.sizes) sum += size;
  std::int64_t flat = -1, outer = -1;
  std::map<std::int64_t, std::int64_t> inner;
  for (const auto& matches : all) {
    for (const Match& match : matches) {
      if (const Capture* at = FindCapture(match.captures, unravel.flat)) {
        flat = std::max(flat, at->number);
        continue;
      }
      const Capture* const o = FindCapture(match.captures, unravel.outer);
      const Capture* const i = FindCapture(match.captures, unravel.inner);
      if (o == nullptr || i == nullptr) continue;
      outer = std::max(outer, o->number);
      inner[o->number] = std::max(inner[o->number], i->number);
    }
  }
  if (flat >= 0) return flat + 1 == sum;
  if (outer < 0) return true;
  if (outer + 1 != static_cast<std::int64_t>(unravel.sizes.size())) return false;
  for (const auto& [at, most] : inner) {
    if (most + 1 > unravel.sizes[static_cast<std::size_t>(at)]) return false;
  }
  const auto last = inner.rbegin();
  return last->second + 1 == unravel.sizes.back();
}

void AddUnravelled(const Unravel& unravel, Captures& captures) {
  if (const Capture* flat = FindCapture(captures, unravel.flat)) {
    std::int64_t rest = flat->number;
    std::size_t outer = 0;
    while (outer + 1 < unravel.sizes.size() && rest >= unravel.sizes[outer]) {
      rest -= unravel.sizes[outer++];
    }
    SetCapture(captures, unravel.outer, {static_cast<std::int64_t>(outer)});
    SetCapture(captures, unravel.inner, {rest});
    return;
  }
  const Capture* const outer = FindCapture(captures, unravel.outer);
  const Capture* const inner = FindCapture(captures, unravel.inner);
  if (outer == nullptr || inner == nullptr) return;
  std::int64_t flat = inner->number;
  for (std::int64_t i = 0; i < outer->number; ++i)
    flat += unravel.sizes[static_cast<std::size_t>(i)];
  SetCapture(captures, unravel.flat, {flat});
}

Status Unravelled(const CompiledMap& compiled, std::vector<std::vector<Match>>& all) {
  std::map<std::string, std::vector<const Unravel*>> lists;  // By the flat capture.
  for (const Unravel& unravel : compiled.unravel) lists[unravel.flat].push_back(&unravel);
  for (const auto& [flat, several] : lists) {
    const Unravel* fits = nullptr;
    for (const Unravel* each : several) {
      if (fits == nullptr && Fills(*each, all)) fits = each;
    }
    if (fits == nullptr) {
      Error error(ErrorCode::kUnmet, "map/unfit",
                  fmt::format("what '{{{}}}' stands for is not as many as the map knows", flat));
      for (const Unravel* each : several) {
        error.details.push_back({"known", fmt::format("{}", fmt::join(each->sizes, " "))});
      }
      return Fail(std::move(error));
    }
    for (auto& matches : all) {
      for (Match& match : matches) AddUnravelled(*fits, match.captures);
    }
  }
  return {};
}

bool Any(const std::vector<std::vector<Match>>& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& each) { return !each.empty(); });
}

}  // namespace

bool FollowsFrom(std::span<const Unravel> unravel, std::string_view name,
                 const std::function<bool(std::string_view)>& known) {
  return std::any_of(unravel.begin(), unravel.end(), [&](const Unravel& each) {
    if (name == each.flat) return known(each.outer) && known(each.inner);
    return (name == each.outer || name == each.inner) && known(each.flat);
  });
}

Result<Matches> FindMatches(const TensorMap& map, const CompiledMap& compiled,
                            const Catalog& catalog) {
  Matches out;
  std::vector<std::string> fitting;
  for (const std::string& prefix : map.prefix.empty() ? std::vector<std::string>{""} : map.prefix) {
    const Names names(catalog, prefix);
    REGRAFT_TRY(std::vector<bool> skipped, Skipped(map, catalog, names));
    auto all = MatchAll(compiled, names, skipped);
    if (Any(all)) fitting.push_back("'" + prefix + "'");
    if (!fitting.empty() && !Any(all)) continue;
    out.prefix = prefix;
    out.rules = std::move(all);
    out.skipped = std::move(skipped);
  }
  if (fitting.size() > 1) {
    return Fail(Error(ErrorCode::kUnmet, "map/unfit",
                      "names fit the map behind more than one prefix, and it is not clear which "
                      "are meant")
                    .With("prefixes", Join(fitting, ", "))
                    .Hint("leave one of them in the map"));
  }
  FixAlternatives(compiled, out.rules);
  REGRAFT_CHECK(Unravelled(compiled, out.rules));
  for (std::size_t r = 0; r < out.rules.size(); ++r) {
    std::erase_if(out.rules[r], [&](const Match& match) {
      const auto& where = compiled.rules[r].where;
      return !std::all_of(where.begin(), where.end(), [&](const Condition& condition) {
        return condition.Holds(match.captures);
      });
    });
  }
  return out;
}

}  // namespace regraft::maps
