// What a map makes of a catalog.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "maps/group.h"
#include "regraft/tensor_map.h"
#include "transform/op.h"
#include "transform/shapes.h"

namespace regraft {
namespace {

using maps::Capture;
using maps::Captures;
using maps::CompiledMap;
using maps::CompiledRule;
using maps::Group;
using maps::Hole;
using transform::Op;

// All that is wrong with a map on a file, so that it is said at once.
struct Faults {
  std::vector<Error::Detail> rows;
  void Add(std::string label, std::string text) {
    rows.push_back({std::move(label), std::move(text)});
  }
};

class Resolving {
 public:
  Resolving(const TensorMap& map, const CompiledMap& compiled, const Catalog& catalog)
      : map_(map), compiled_(compiled), catalog_(catalog) {}

  Result<ResolvedMap> Do() {
    REGRAFT_TRY(const maps::Matches matches, maps::FindMatches(map_, compiled_, catalog_));
    out_.prefix = matches.prefix;
    out_.fired.assign(map_.rules.size(), 0);
    std::vector<std::string> missing;
    const std::vector<Group> groups = maps::Grouped(compiled_, matches, missing);
    for (const std::string& name : missing) faults_.Add("missing", name);
    for (const Group& group : groups) REGRAFT_CHECK(Make(group));
    Leave(matches, groups);
    REGRAFT_CHECK(Expected(matches, groups));
    if (!faults_.rows.empty()) return Fail(Unfit());
    REGRAFT_CHECK(Sort());
    return std::move(out_);
  }

 private:
  Result<std::vector<Op>> OpsOf(const Group& group) {
    std::vector<Op> ops;
    for (const std::string& text : map_.rules[group.rule].ops) {
      REGRAFT_TRY(const std::string op,
                  maps::Substituted(text, [&](const Hole& hole) -> std::optional<std::string> {
                    if (const Capture* capture = FindCapture(group.captures, hole.name)) {
                      return std::to_string(capture->number + hole.offset);
                    }
                    for (const auto& [name, value] : map_.set) {
                      if (name == hole.name) return value;
                    }
                    return std::nullopt;
                  }));
      REGRAFT_TRY(ops.emplace_back(), transform::ParseOp(op));
    }
    return ops;
  }

  // The targets' names; those that the sources do not tell in the order of their lists.
  std::vector<std::string> NamesOf(const Group& group, std::size_t arrays) {
    std::vector<std::string> names;
    const CompiledRule& rule = compiled_.rules[group.rule];
    for (const maps::NamePattern& pattern : rule.to) {
      std::vector<Captures> all = {group.captures};
      for (const Hole& hole : pattern.holes()) {
        if (FindCapture(all.front(), hole.name) != nullptr) continue;
        const std::size_t size = hole.kind == Hole::Kind::kAlternative ? 1
                                 : hole.choices.empty()                ? arrays
                                                                       : hole.choices.size();
        std::vector<Captures> more;
        for (const Captures& begun : all) {
          for (std::size_t i = 0; i < size; ++i) {
            more.push_back(begun);
            SetCapture(more.back(), hole.name, {static_cast<std::int64_t>(i)});
          }
        }
        all = std::move(more);
      }
      for (const Captures& captures : all) {
        if (pattern.CanRender(captures)) {
          names.push_back(pattern.Render(captures));
        } else {
          faults_.Add("no name", fmt::format("in '{}' for {}", pattern.Text(), Sources(group)));
        }
      }
    }
    return names;
  }

  std::string Sources(const Group& group) const {
    constexpr std::size_t kShown = 4;
    std::string out;
    for (std::size_t i = 0; i < std::min(kShown, group.entries.size()); ++i) {
      const Entry& entry = catalog_.entries[group.entries[i]];
      out += fmt::format("{}{} {}", i == 0 ? "" : ", ", entry.name, entry.spec.shape.ToString());
    }
    if (group.entries.size() > kShown) {
      out += fmt::format(" and {} more", group.entries.size() - kShown);
    }
    return out;
  }

  Status Make(const Group& group) {
    const TensorRule& rule = map_.rules[group.rule];
    REGRAFT_TRY(const std::vector<Op> ops, OpsOf(group));
    MadeTensor made;
    made.sources = group.entries;
    std::vector<Shape> shapes;
    const DType dtype = catalog_.entries[group.entries.front()].spec.dtype;
    made.spec.dtype = dtype;
    for (const std::size_t entry : group.entries) {
      shapes.push_back(catalog_.entries[entry].spec.shape);
    }
    made.shapes.push_back(shapes);
    std::string text;
    bool lossy = false;
    for (const Op& op : ops) {
      auto after = transform::ShapesAfter(op, shapes);
      if (!after) {
        faults_.Add("does not fit",
                    fmt::format("{}; of {}", after.error().message, Sources(group)));
        return {};
      }
      if (IsJoining(op.kind) && !OneType(group)) {
        faults_.Add("does not fit",
                    fmt::format("'{}' wants one type: {}", OpText(op), Sources(group)));
        return {};
      }
      if (op.kind == Op::Kind::kCast) made.spec.dtype = op.dtype;
      lossy = lossy || ExactnessOf(op) == transform::Exactness::kLossy;
      made.constructed = made.constructed || op.kind == Op::Kind::kFill;
      made.bijective = made.bijective && ExactnessOf(op) == transform::Exactness::kBijective;
      shapes = *std::move(after);
      made.shapes.push_back(shapes);
      made.ops.push_back(OpText(op));
    }
    if (!ops.empty() && KindOf(dtype) != DTypeKind::kNumeric) {
      faults_.Add("does not fit", fmt::format("{} has no numbers", Sources(group)));
      return {};
    }
    if (lossy && !rule.lossy && !made.constructed) {
      faults_.Add("not said", fmt::format("that a part is left behind (lossy = true): {} of {}",
                                          Join(made.ops, ", "), Sources(group)));
    }
    const std::vector<std::string> names = NamesOf(group, shapes.size());
    if (names.size() != shapes.size()) {
      faults_.Add("does not fit",
                  fmt::format("{} made of {} for {}", Plural(shapes.size(), "tensor"),
                              Sources(group), Plural(names.size(), "name")));
      return {};
    }
    made.parts = shapes.size();
    if (!made.ops.empty()) text = Join(made.ops, ", ") + " of ";
    for (std::size_t i = 0; i < names.size(); ++i) {
      made.name = names[i];
      made.spec.shape = shapes[i];
      made.part = i;
      const bool same = made.ops.empty() && catalog_.entries[group.entries[0]].name == made.name;
      made.made_of = same ? "" : text + Sources(group);
      if (made.parts > 1) made.made_of += fmt::format(", part {} of {}", i + 1, made.parts);
      out_.tensors.push_back(made);
    }
    out_.fired[group.rule] += names.size();
    return {};
  }

  bool OneType(const Group& group) const {
    return std::all_of(group.entries.begin(), group.entries.end(), [&](std::size_t entry) {
      return catalog_.entries[entry].spec.dtype ==
             catalog_.entries[group.entries.front()].spec.dtype;
    });
  }

  // What becomes of the sources that no rule takes, and who takes one twice.
  void Leave(const maps::Matches& matches, const std::vector<Group>& groups) {
    std::vector<std::size_t> taken(catalog_.entries.size(), 0);
    std::vector<bool> touched(catalog_.entries.size(), false);
    for (const Group& group : groups) {
      for (const std::size_t entry : group.entries) {
        touched[entry] = true;
        if (!map_.rules[group.rule].shared) ++taken[entry];
      }
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const Entry& entry = catalog_.entries[i];
      if (taken[i] > 1) {
        faults_.Add("taken twice", fmt::format("{} (a rule says shared = true)", entry.name));
      }
      if (touched[i]) continue;
      if (matches.skipped[i] || entry.cls == EntryClass::kMeta) {
        out_.skipped.push_back(i);
      } else if (map_.rest == TensorMap::Rest::kError) {
        faults_.Add("not used", entry.name);
      } else if (map_.rest == TensorMap::Rest::kLeave) {
        out_.left.push_back(i);
      } else {
        MadeTensor kept;
        kept.name = entry.name;
        kept.spec = entry.spec;
        kept.sources = {i};
        kept.shapes = {{entry.spec.shape}};
        out_.tensors.push_back(std::move(kept));
      }
    }
  }

  // Second names and constants are not among what is expected: backwards there are none.
  static bool Counts(const TensorRule& rule) { return !rule.optional && !rule.shared; }

  Status Expected(const maps::Matches& matches, const std::vector<Group>& groups) {
    if (map_.expected_sources.empty() && map_.expected_targets.empty()) return {};
    std::map<std::string, std::int64_t> counts;
    for (const auto& [name, capture] : map_.counts) {
      counts[name] = maps::CountOf(matches, capture);
    }
    std::set<std::size_t> sources;
    std::int64_t targets = 0;
    for (const Group& group : groups) {
      if (!Counts(map_.rules[group.rule])) continue;
      sources.insert(group.entries.begin(), group.entries.end());
    }
    for (std::size_t r = 0; r < map_.rules.size(); ++r) {
      if (Counts(map_.rules[r])) targets += static_cast<std::int64_t>(out_.fired[r]);
    }
    const auto compare = [&](const std::string& formula, std::int64_t found,
                             std::string_view what) -> Status {
      if (formula.empty()) return {};
      REGRAFT_TRY(const std::int64_t expected, maps::Evaluate(formula, counts));
      if (expected != found) {
        faults_.Add("count", fmt::format("{} {}, and there are {}", formula, what, found));
      }
      return {};
    };
    REGRAFT_CHECK(compare(map_.expected_sources, static_cast<std::int64_t>(sources.size()),
                          "sources are expected"));
    return compare(map_.expected_targets, targets, "targets are expected");
  }

  Error Unfit() {
    constexpr std::size_t kShown = 12;
    Error error(ErrorCode::kUnmet, "map/unfit",
                fmt::format("the map{} does not fit {}", map_.name.empty() ? "" : " " + map_.name,
                            catalog_.prefix.empty() ? "the file" : catalog_.prefix));
    for (std::size_t i = 0; i < std::min(kShown, faults_.rows.size()); ++i) {
      error.details.push_back(std::move(faults_.rows[i]));
    }
    if (faults_.rows.size() > kShown) {
      error.details.push_back({"and", fmt::format("{} more", faults_.rows.size() - kShown)});
    }
    return std::move(error).Hint(
        "skip = [\"...\"] in the map leaves sources on purpose, optional = true a rule");
  }

  Status Sort() {
    std::sort(out_.tensors.begin(), out_.tensors.end(),
              [](const MadeTensor& a, const MadeTensor& b) { return a.name < b.name; });
    for (std::size_t i = 1; i < out_.tensors.size(); ++i) {
      const MadeTensor &a = out_.tensors[i - 1], &b = out_.tensors[i];
      if (a.name != b.name) continue;
      return Fail(Error(ErrorCode::kUnmet, "map/collision",
                        fmt::format("two tensors would be called '{}'", a.name))
                      .With("one", a.made_of)
                      .With("the other", b.made_of));
    }
    return {};
  }

  const TensorMap& map_;
  const CompiledMap& compiled_;
  const Catalog& catalog_;
  Faults faults_;
  ResolvedMap out_;
};

}  // namespace

Result<ResolvedMap> Resolve(const TensorMap& map, const Catalog& catalog) {
  REGRAFT_TRY(const CompiledMap compiled, maps::Compile(map));
  return Resolving(map, compiled, catalog).Do();
}

}  // namespace regraft
