#include "maps/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace regraft::maps {
namespace {

bool IsNumber(const Hole& hole) {
  return hole.kind == Hole::Kind::kNumber || hole.kind == Hole::Kind::kLetter;
}

// What the captures of a rule's sources are for.
struct Roles {
  std::vector<Hole> gathered;  // Not in the targets' names.
  std::vector<Hole> numbers;   // In them, or what they follow from.
  std::vector<Hole> lists;
  std::set<std::string> told;  // Every capture in the targets' names.
};

Roles RolesOf(const CompiledRule& rule, std::span<const Unravel> unravel) {
  Roles roles;
  for (const NamePattern& to : rule.to) {
    for (const Hole& hole : to.holes()) roles.told.insert(hole.name);
  }
  std::set<std::string> seen;
  for (const NamePattern& from : rule.from) {
    for (const Hole& hole : from.holes()) {
      if (hole.kind == Hole::Kind::kAlternative || !seen.insert(hole.name).second) continue;
      const bool told = roles.told.contains(hole.name) ||
                        std::any_of(unravel.begin(), unravel.end(), [&](const Unravel& each) {
                          const bool outwards = hole.name == each.flat;
                          const bool inwards = hole.name == each.outer || hole.name == each.inner;
                          return (outwards && (roles.told.contains(each.outer) ||
                                               roles.told.contains(each.inner))) ||
                                 (inwards && roles.told.contains(each.flat));
                        });
      if (!told) {
        roles.gathered.push_back(hole);
      } else if (hole.kind == Hole::Kind::kChoice) {
        roles.lists.push_back(hole);
      } else {
        roles.numbers.push_back(hole);
      }
    }
  }
  return roles;
}

// Every combination of the lists' places, the last one moving first.
std::vector<std::vector<std::int64_t>> Product(const std::vector<std::size_t>& sizes) {
  std::vector<std::vector<std::int64_t>> out = {{}};
  for (const std::size_t size : sizes) {
    std::vector<std::vector<std::int64_t>> longer;
    for (const auto& begun : out) {
      for (std::size_t i = 0; i < size; ++i) {
        longer.push_back(begun);
        longer.back().push_back(static_cast<std::int64_t>(i));
      }
    }
    out = std::move(longer);
  }
  return out;
}

class Grouping {
 public:
  Grouping(const CompiledMap& compiled, const Matches& matches, std::vector<std::string>& missing)
      : compiled_(compiled), matches_(matches), missing_(missing) {
    for (const CompiledRule& rule : compiled.rules) {
      roles_.push_back(RolesOf(rule, compiled.unravel));
    }
  }

  std::vector<Group> All() {
    std::vector<Group> out;
    Domains();
    for (std::size_t r = 0; r < compiled_.rules.size(); ++r) {
      Rule(r, out);
      if (!compiled_.rules[r].rule->optional) Complete(r);
    }
    std::sort(missing_.begin(), missing_.end());
    missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
    return out;
  }

 private:
  using Tuple = std::vector<Capture>;
  // Values of the numbers that stand together, in the order of the first rule that has them.
  struct Domain {
    std::vector<Hole> holes;
    std::map<Tuple, Captures> tuples;  // With all captures that one of them came with.
  };

  static std::set<std::string> KeyOf(const std::vector<Hole>& holes) {
    std::set<std::string> key;
    for (const Hole& hole : holes) key.insert(hole.name);
    return key;
  }

  void Domains() {
    for (std::size_t r = 0; r < compiled_.rules.size(); ++r) {
      if (roles_[r].numbers.empty()) continue;
      Domain& domain = domains_[KeyOf(roles_[r].numbers)];
      if (domain.holes.empty()) domain.holes = roles_[r].numbers;
      for (const Match& match : matches_.rules[r]) {
        Tuple tuple;
        bool whole = true;
        for (const Hole& hole : domain.holes) {
          const Capture* const capture = FindCapture(match.captures, hole.name);
          whole = whole && capture != nullptr;
          if (whole) tuple.push_back(*capture);
        }
        if (whole) domain.tuples.emplace(std::move(tuple), match.captures);
      }
    }
    for (const auto& [key, domain] : domains_) Holes(domain);
  }

  // The first value that a number may have: in "{B-1}" it is 1.
  std::int64_t FirstOf(std::string_view name) const {
    std::int64_t first = 0;
    for (const CompiledRule& rule : compiled_.rules) {
      for (const auto* side : {&rule.from, &rule.to}) {
        for (const NamePattern& pattern : *side) {
          for (const Hole& hole : pattern.holes()) {
            if (hole.name == name) first = std::max(first, -hole.offset);
          }
        }
      }
    }
    return first;
  }

  void Holes(const Domain& domain) {
    for (std::size_t at = 0; at < domain.holes.size(); ++at) {
      if (!IsNumber(domain.holes[at])) continue;
      const std::string& name = domain.holes[at].name;
      std::map<Tuple, std::set<std::int64_t>> values;  // By those in front.
      for (const auto& [tuple, captures] : domain.tuples) {
        values[Tuple(tuple.begin(), tuple.begin() + static_cast<std::ptrdiff_t>(at))].insert(
            tuple[at].number);
      }
      for (const auto& [front, seen] : values) {
        std::int64_t next = FirstOf(name);
        for (const std::int64_t value : seen) {
          if (value > next) {
            std::string behind;
            for (std::size_t i = 0; i < front.size(); ++i) {
              behind += fmt::format(", {} = {}", domain.holes[i].name, front[i].number);
            }
            missing_.push_back(fmt::format("everything with {} = {}{}: there is {} = {}", name,
                                           next, behind, name, value));
            break;
          }
          next = std::max(next, value + 1);
        }
      }
    }
  }

  void Rule(std::size_t r, std::vector<Group>& out) {
    const CompiledRule& rule = compiled_.rules[r];
    const Roles& roles = roles_[r];
    struct Member {
      std::size_t pattern;
      std::vector<std::int64_t> order;
      std::size_t entry;
      bool operator<(const Member& other) const {
        return std::tie(pattern, order, entry) < std::tie(other.pattern, other.order, other.entry);
      }
    };
    std::map<Captures, std::pair<std::vector<Member>, Captures>> groups;
    for (const Match& match : matches_.rules[r]) {
      Captures key;
      for (const auto& [name, capture] : match.captures) {
        if (roles.told.contains(name)) SetCapture(key, name, capture);
      }
      Member member{match.pattern, {}, match.entry};
      for (const Hole& hole : rule.from[match.pattern].holes()) {
        const bool gathers = std::any_of(roles.gathered.begin(), roles.gathered.end(),
                                         [&](const Hole& each) { return each.name == hole.name; });
        if (gathers) member.order.push_back(FindCapture(match.captures, hole.name)->number);
      }
      auto& group = groups[std::move(key)];
      group.first.push_back(std::move(member));
      group.second = match.captures;
    }
    for (auto& [key, group] : groups) {
      auto& [members, captures] = group;
      std::sort(members.begin(), members.end());
      Group made{r, {}, key};
      for (const Member& member : members) made.entries.push_back(member.entry);
      std::set<std::pair<std::size_t, std::vector<std::int64_t>>> have;
      for (const Member& member : members) {
        if (have.emplace(member.pattern, member.order).second) continue;
        missing_.push_back(fmt::format("a name of its own for each of two sources of '{}'",
                                       rule.to.front().Render(WithAll(rule.to.front(), captures))));
      }
      Gather(r, captures, have);
      out.push_back(std::move(made));
    }
  }

  // For a name in an error: what it does not know is 0.
  static Captures WithAll(const NamePattern& pattern, Captures captures) {
    for (const Hole& hole : pattern.holes()) {
      if (FindCapture(captures, hole.name) == nullptr) SetCapture(captures, hole.name, {0, "*"});
    }
    return captures;
  }

  // All that a group gathers must be there.
  void Gather(std::size_t r, const Captures& captures,
              const std::set<std::pair<std::size_t, std::vector<std::int64_t>>>& have) {
    const CompiledRule& rule = compiled_.rules[r];
    for (std::size_t p = 0; p < rule.from.size(); ++p) {
      std::vector<const Hole*> holes;
      std::vector<std::size_t> sizes;
      for (const Hole& hole : rule.from[p].holes()) {
        const auto& gathered = roles_[r].gathered;
        if (std::none_of(gathered.begin(), gathered.end(),
                         [&](const Hole& each) { return each.name == hole.name; })) {
          continue;
        }
        std::size_t size = hole.choices.size();
        if (size == 0) {
          for (const auto& [pattern, order] : have) {
            if (pattern == p) {
              size = std::max(size, static_cast<std::size_t>(order[holes.size()]) + 1);
            }
          }
        }
        holes.push_back(&hole);
        sizes.push_back(size);
      }
      for (const auto& order : Product(sizes)) {
        if (have.contains({p, order})) continue;
        Captures wanted = captures;
        for (std::size_t i = 0; i < holes.size(); ++i) {
          SetCapture(wanted, holes[i]->name, {order[i]});
        }
        Miss(rule.from[p], wanted);
      }
    }
  }

  void Miss(const NamePattern& pattern, const Captures& captures) {
    missing_.push_back(matches_.prefix + pattern.Render(WithAll(pattern, captures)));
  }

  // A rule that is not optional has all that others with the same numbers have.
  void Complete(std::size_t r) {
    const CompiledRule& rule = compiled_.rules[r];
    const Roles& roles = roles_[r];
    if (matches_.rules[r].empty()) {
      missing_.push_back(matches_.prefix + rule.from.front().Text());
      return;
    }
    std::vector<std::size_t> sizes;
    for (const Hole& list : roles.lists) sizes.push_back(list.choices.size());
    std::set<Captures> have;
    const auto narrowed = [&](const Captures& all) {
      Captures out;
      for (const auto* holes : {&roles.numbers, &roles.lists}) {
        for (const Hole& hole : *holes) {
          if (const Capture* capture = FindCapture(all, hole.name)) {
            SetCapture(out, hole.name, *capture);
          }
        }
      }
      return out;
    };
    for (const Match& match : matches_.rules[r]) have.insert(narrowed(match.captures));
    std::vector<Captures> wanted = {{}};
    if (!roles.numbers.empty()) {
      wanted.clear();
      for (const auto& [tuple, captures] : domains_[KeyOf(roles.numbers)].tuples) {
        wanted.push_back(captures);
      }
    }
    for (const Captures& one : wanted) {
      if (!std::all_of(rule.where.begin(), rule.where.end(),
                       [&](const Condition& condition) { return condition.Holds(one); })) {
        continue;
      }
      for (const auto& places : Product(sizes)) {
        Captures all = one;
        for (std::size_t i = 0; i < places.size(); ++i) {
          SetCapture(all, roles.lists[i].name, {places[i]});
        }
        if (!have.contains(narrowed(all))) Miss(rule.from.front(), all);
      }
    }
  }

  const CompiledMap& compiled_;
  const Matches& matches_;
  std::vector<std::string>& missing_;
  std::vector<Roles> roles_;
  std::map<std::set<std::string>, Domain> domains_;
};

}  // namespace

std::vector<Group> Grouped(const CompiledMap& compiled, const Matches& matches,
                           std::vector<std::string>& missing) {
  return Grouping(compiled, matches, missing).All();
}

std::int64_t CountOf(const Matches& matches, std::string_view capture) {
  std::set<std::int64_t> values;
  for (const auto& rule : matches.rules) {
    for (const Match& match : rule) {
      if (const Capture* value = FindCapture(match.captures, capture)) values.insert(value->number);
    }
  }
  return static_cast<std::int64_t>(values.size());
}

}  // namespace regraft::maps
