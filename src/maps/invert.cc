// Maps of the other direction.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "maps/compile.h"
#include "regraft/tensor_map.h"
#include "select/pattern.h"
#include "transform/op.h"
#include "transform/shapes.h"

namespace regraft {
namespace {

using transform::Op;

// What undoes an op whatever the shapes are; nothing if that depends on them.
std::optional<Op> Undone(const Op& op) {
  switch (op.kind) {
    case Op::Kind::kTranspose:
      if (op.numbers.empty()) return op;  // Reversed twice.
      break;
    case Op::Kind::kSqueeze:
    case Op::Kind::kExpand:
    case Op::Kind::kBlocks:
    case Op::Kind::kStack:
    case Op::Kind::kUnstack:
    case Op::Kind::kSplit:
      break;
    default:
      return std::nullopt;
  }
  // Any shape of enough axes gives the same.
  std::size_t rank = op.axis + 1;
  for (const std::int64_t number : op.numbers) {
    if (op.kind == Op::Kind::kTranspose)
      rank = std::max(rank, static_cast<std::size_t>(number) + 1);
  }
  auto shape = Shape::Make(std::vector<std::int64_t>(rank, 1));
  if (!shape) return std::nullopt;
  return transform::InverseOf(op, std::span(&*shape, 1));
}

Error NoInverse(const TensorRule& rule, std::string why) {
  return Error(ErrorCode::kUnsupported, "map/no-inverse",
               fmt::format("the map cannot be used backwards: {}", why))
      .With("rule", maps::RuleName(rule))
      .Hint("undo = [\"...\"] of the rule says what is done backwards");
}

Result<std::vector<std::string>> UndoOf(const TensorRule& rule) {
  if (rule.undo) return *rule.undo;
  std::vector<std::string> out;
  for (auto text = rule.ops.rbegin(); text != rule.ops.rend(); ++text) {
    const auto op = transform::ParseOp(*text);
    const auto undone = op ? Undone(*op) : std::nullopt;
    if (!undone) return Fail(NoInverse(rule, fmt::format("nothing is known to undo '{}'", *text)));
    out.push_back(OpText(*undone));
  }
  return out;
}

bool IsMade(const TensorRule& rule) {
  return std::any_of(rule.ops.begin(), rule.ops.end(),
                     [](const std::string& op) { return op.starts_with("fill"); });
}

// The glob of all names that a pattern may have.
std::string GlobOf(const maps::NamePattern& pattern) {
  maps::Captures none;
  std::string out;
  const std::string text = pattern.Text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool twice = at + 1 < text.size() && text[at + 1] == text[at];
    if ((text[at] == '{' || text[at] == '}') && twice) {
      out += select::EscapeGlob(text.substr(at++, 1));
    } else if (text[at] == '{') {
      out += '*';
      at = text.find('}', at);
    } else {
      out += select::EscapeGlob(text.substr(at, 1));
    }
  }
  return out;
}

std::vector<std::string> TextsOf(const std::vector<maps::NamePattern>& patterns,
                                 std::string_view prefix) {
  std::vector<std::string> out;
  for (const maps::NamePattern& pattern : patterns) {
    out.push_back(maps::NamePattern::Escaped(prefix) + pattern.Text());
  }
  return out;
}

// The ops that undo `made`, whose shapes are known.
Result<std::vector<std::string>> UndoOf(const MadeTensor& made, const TensorRule& rule) {
  std::vector<std::string> out;
  for (std::size_t i = made.ops.size(); i-- > 0;) {
    REGRAFT_TRY(const Op op, transform::ParseOp(made.ops[i]));
    const auto undone = transform::InverseOf(op, made.shapes[i]);
    if (!undone) {
      return Fail(NoInverse(rule, fmt::format("nothing undoes '{}'", made.ops[i])));
    }
    out.push_back(OpText(*undone));
  }
  return out;
}

}  // namespace

Result<TensorMap> Inverse(const TensorMap& map) {
  REGRAFT_TRY(const maps::CompiledMap compiled, maps::Compile(map));
  TensorMap out = map;
  std::swap(out.from, out.to);
  std::swap(out.expected_sources, out.expected_targets);
  if (!map.name.empty()) out.name = map.name + ", reversed";
  out.prefix.clear();
  std::swap(out.skip, out.skip_back);
  out.rules.clear();
  const std::string prefix = map.prefix.empty() ? "" : map.prefix.front();
  for (const maps::CompiledRule& rule : compiled.rules) {
    if (rule.rule->shared || IsMade(*rule.rule)) {
      // A second name for what another rule gives, or a constant.
      for (const maps::NamePattern& to : rule.to) out.skip.push_back(GlobOf(to));
      continue;
    }
    TensorRule back;
    back.from = TextsOf(rule.to, "");
    back.to = TextsOf(rule.from, prefix);
    REGRAFT_TRY(back.ops, UndoOf(*rule.rule));
    back.undo = rule.rule->ops;
    back.where = rule.rule->where;
    back.optional = rule.rule->optional;
    back.lossy = rule.rule->lossy;
    out.rules.push_back(std::move(back));
  }
  return out;
}

Result<TensorMap> Inverse(const ResolvedMap& resolved, const Catalog& catalog) {
  TensorMap out;
  std::set<std::size_t> given;
  using Group = std::pair<std::vector<std::size_t>, std::vector<std::string>>;
  std::map<Group, std::vector<const MadeTensor*>> groups;
  // What moves values goes before what was made of the same sources besides.
  for (const MadeTensor& made : resolved.tensors) {
    groups[{made.sources, made.ops}].push_back(&made);
  }
  for (auto& [group, tensors] : groups) {
    std::sort(tensors.begin(), tensors.end(),
              [](const MadeTensor* a, const MadeTensor* b) { return a->part < b->part; });
    // Two names of the same thing are two groups in one.
    const bool made = tensors.front()->constructed;
    const bool again = std::any_of(group.first.begin(), group.first.end(),
                                   [&](std::size_t entry) { return given.contains(entry); });
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (made || again || i >= tensors.front()->parts) {
        out.skip.push_back(select::EscapeGlob(tensors[i]->name));
      }
    }
    if (made || again) continue;
    tensors.resize(tensors.front()->parts);
    given.insert(group.first.begin(), group.first.end());
    TensorRule rule;
    for (const MadeTensor* each : tensors) {
      rule.from.push_back(maps::NamePattern::Escaped(each->name));
    }
    for (const std::size_t entry : group.first) {
      rule.to.push_back(maps::NamePattern::Escaped(catalog.entries[entry].name));
    }
    REGRAFT_TRY(rule.ops, UndoOf(*tensors.front(), rule));
    out.rules.push_back(std::move(rule));
  }
  return out;
}

}  // namespace regraft
