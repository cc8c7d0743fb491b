#include "identity/rows.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "identity/align.h"
#include "object_graph/optimizers.h"

namespace regraft::identity {
namespace {

using Id = Tree::Id;
using Members = std::vector<Tree::Member>;

constexpr std::ptrdiff_t kSeveral = -2;

class Comparison {
 public:
  explicit Comparison(const RowQuestion& question)
      : question_(question),
        here_(question.targets),
        there_(question.entries),
        found_(question.count) {}

  std::vector<RowFinding> Run() && {
    for (const auto& [target, entry] : Tops()) {
      Compare(target, entry, {}, true);
      Compare(target, entry, {}, false);
    }
    for (RowFinding& finding : found_) {
      finding.certain = std::max(finding.certain, RowFinding::kNothing);
      finding.literal = std::max(finding.literal, RowFinding::kNothing);
    }
    return std::move(found_);
  }

 private:
  struct Lengths {
    std::size_t here = 0, there = 0;
  };

  // Objects that are the same whatever they are called: the roots as they stand, and each side
  // without the one object that everything is below of.
  std::vector<std::pair<Id, Id>> Tops() const {
    std::vector<std::pair<Id, Id>> tops = {{Tree::kRoot, Tree::kRoot}};
    const Id only_there = there_.OnlyRoot();
    const Id only_here = question_.root_absent ? Tree::kRoot : here_.OnlyRoot();
    const bool same = only_here != Tree::kRoot && only_there != Tree::kRoot && SameRootName();
    if (only_there != Tree::kRoot) tops.emplace_back(Tree::kRoot, only_there);
    if (only_here != Tree::kRoot) tops.emplace_back(only_here, Tree::kRoot);
    if (only_here != Tree::kRoot && only_there != Tree::kRoot && !same) {
      tops.emplace_back(only_here, only_there);
    }
    return tops;
  }

  bool SameRootName() const {
    const auto& a = here_.At(Tree::kRoot).given;
    const auto& b = there_.At(Tree::kRoot).given;
    return a.size() == 1 && b.size() == 1 && a.begin()->first == b.begin()->first;
  }

  // `in_row` has lengths once the way here went through a row.
  void Compare(Id target, Id entry, Lengths in_row, bool certainly) {
    const Tree::Node& here = here_.At(target);
    const Tree::Node& there = there_.At(entry);
    if (in_row.here > 0 && here.variables.size() == 1 && there.variables.size() == 1) {
      Record(here.variables[0], there.variables[0], in_row, certainly);
    }
    for (const auto& [name, child] : here.given) {
      const auto found = there.given.find(name);
      if (found != there.given.end()) {
        Compare(child, found->second, in_row, certainly);
        continue;
      }
      CompareWithNumber(here, there, name, child, in_row, certainly);
    }
    for (const auto& [key, row] : here.rows) {
      const auto found = there.rows.find(key);
      if (found == there.rows.end()) continue;
      const Lengths lengths = {row.size(), found->second.size()};
      for (const auto& [i, j] :
           certainly ? Certain(row, found->second) : Literal(row, found->second, key.first)) {
        Compare(row[i].node, found->second[j].node, lengths, certainly);
      }
    }
  }

  // A dictionary with the keys "0", "1" is a list to who sees its file alone.
  void CompareWithNumber(const Tree::Node& here, const Tree::Node& there, std::string_view name,
                         Id child, Lengths in_row, bool certainly) {
    if (!object_graph::IsElementName(name)) return;
    const auto row = there.rows.find({Row::kList, ""});
    if (row == there.rows.end()) return;
    for (const Tree::Member& member : row->second) {
      if (std::to_string(member.number) != name) continue;
      const Lengths lengths =
          in_row.here > 0 ? in_row : Lengths{here.given.size(), row->second.size()};
      Compare(child, member.node, lengths, certainly);
    }
  }

  void Record(std::size_t target, std::size_t entry, Lengths lengths, bool certainly) {
    if (question_.contradicts(target, entry)) return;
    RowFinding& finding = found_[target];
    std::ptrdiff_t& slot = certainly ? finding.certain : finding.literal;
    const auto said = static_cast<std::ptrdiff_t>(entry);
    slot = slot == RowFinding::kNothing || slot == said ? said : kSeveral;
    finding.here = lengths.here;
    finding.there = lengths.there;
  }

  std::vector<std::pair<std::size_t, std::size_t>> Certain(const Members& here,
                                                           const Members& there) {
    return CertainPairs(here.size(), there.size(), [&](std::size_t i, std::size_t j) {
      return HowAlike(here[i].node, there[j].node);
    });
  }

  // By rank in a row of places, by the number itself in one of names.
  static std::vector<std::pair<std::size_t, std::size_t>> Literal(const Members& here,
                                                                  const Members& there, Row kind) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    if (kind != Row::kStem) {
      for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i)
        pairs.emplace_back(i, i);
      return pairs;
    }
    for (std::size_t i = 0, j = 0; i < here.size() && j < there.size();) {
      if (here[i].number == there[j].number) {
        pairs.emplace_back(i++, j++);
      } else {
        ++(here[i].number < there[j].number ? i : j);
      }
    }
    return pairs;
  }

  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

  Alike HowAlike(Id target, Id entry) {
    const Tree::Node& here = here_.At(target);
    const Tree::Node& there = there_.At(entry);
    Pairs pairs;
    Alike alike = here.exactly == there.exactly                   ? Alike::kExactly
                  : here.but_for_extents == there.but_for_extents ? Alike::kButForExtents
                                                                  : Alike::kNo;
    if (alike == Alike::kNo) {
      if (!question_.partial) return alike;
      alike = Alike::kExactly;
      Match(target, entry, alike, pairs);
    } else {
      pairs = PairsBelow(target, entry);
    }
    for (const auto& [t, e] : pairs) {
      if (question_.contradicts(t, e)) return Alike::kNo;
    }
    return alike;
  }

  Pairs PairsBelow(Id target, Id entry) {
    const std::vector<std::size_t>& targets = Below(here_, target, below_here_);
    const std::vector<std::size_t>& entries = Below(there_, entry, below_there_);
    Pairs pairs;
    for (std::size_t i = 0; i < targets.size(); ++i) pairs.emplace_back(targets[i], entries[i]);
    return pairs;
  }

  // The variables of a part of an object, each with the one of its name in the whole. Lowers
  // `alike` to what they all are.
  void Match(Id target, Id entry, Alike& alike, Pairs& pairs) const {
    const Tree::Node& here = here_.At(target);
    const Tree::Node& there = there_.At(entry);
    if (here.exactly == there.exactly || here.but_for_extents == there.but_for_extents) {
      if (here.exactly != there.exactly) alike = std::min(alike, Alike::kButForExtents);
      const std::vector<std::size_t> targets = here_.Below(target), entries = there_.Below(entry);
      for (std::size_t i = 0; i < targets.size(); ++i) pairs.emplace_back(targets[i], entries[i]);
      return;
    }
    if (!here.variables.empty()) alike = Alike::kNo;
    for (const auto& [name, child] : here.given) {
      const auto found = there.given.find(name);
      if (found == there.given.end()) alike = Alike::kNo;
      if (alike == Alike::kNo) return;
      Match(child, found->second, alike, pairs);
    }
    for (const auto& [key, row] : here.rows) {
      const auto found = there.rows.find(key);
      if (found == there.rows.end() || found->second.size() != row.size()) alike = Alike::kNo;
      for (std::size_t i = 0; i < row.size() && alike != Alike::kNo; ++i) {
        Match(row[i].node, found->second[i].node, alike, pairs);
      }
    }
  }

  using Lists = std::unordered_map<Id, std::vector<std::size_t>>;
  static const std::vector<std::size_t>& Below(const Tree& tree, Id node, Lists& known) {
    const auto [found, fresh] = known.try_emplace(node);
    if (fresh) found->second = tree.Below(node);
    return found->second;
  }

  const RowQuestion& question_;
  const Tree& here_;
  const Tree& there_;
  std::vector<RowFinding> found_;
  Lists below_here_, below_there_;
};

}  // namespace

std::vector<RowFinding> CompareRows(const RowQuestion& question) {
  return Comparison(question).Run();
}

}  // namespace regraft::identity
