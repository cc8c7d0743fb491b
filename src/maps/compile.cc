#include "maps/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/checked.h"
#include "base/text.h"
#include "base/try.h"
#include "transform/op.h"

namespace regraft::maps {
namespace {

tl::unexpected<Error> Bad(std::string message) {
  return Fail(Error(ErrorCode::kInvalidArgument, "map/bad-rule", std::move(message)));
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : Split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::optional<std::int64_t> Number(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) return {};
  return value;
}

Result<Unravel> UnravelFrom(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  const auto bad = [&] {
    return Bad(fmt::format("'{}' is not of the form OUTER INNER = FLAT by SIZE ...", text));
  };
  if (words.size() < 6 || words[2] != "=" || words[4] != "by") return bad();
  Unravel out{std::string(words[0]), std::string(words[1]), std::string(words[3]), {}};
  for (std::size_t i = 5; i < words.size(); ++i) {
    const auto size = Number(words[i]);
    if (!size || *size < 1 || *size > 1'000'000) return bad();
    out.sizes.push_back(*size);
  }
  return out;
}

Result<std::vector<Condition>> ConditionsFrom(std::string_view text) {
  std::vector<Condition> out;
  const std::vector<std::string_view> words = Words(text);
  for (std::size_t at = 0; at < words.size(); at += 4) {
    static const std::set<std::string_view> kOps = {"<", "<=", ">", ">=", "==", "!="};
    const bool whole = at + 3 <= words.size() && (at + 3 == words.size() || words[at + 3] == "&&");
    const auto number = whole ? Number(words[at + 2]) : std::nullopt;
    if (!number || !kOps.contains(words[at + 1]) || at + 4 == words.size()) {
      return Bad(fmt::format("'{}' is not of the form NAME > NUMBER [&& ...]", text));
    }
    out.push_back({std::string(words[at]), std::string(words[at + 1]), *number});
  }
  return out;
}

// A name without a list means that of the other side: {x} behind {x=query,key}.
void ShareLists(const std::vector<NamePattern>& from, std::vector<NamePattern>& to) {
  for (NamePattern& pattern : to) {
    for (Hole& hole : pattern.holes()) {
      if (hole.kind != Hole::Kind::kNumber || hole.offset != 0 || hole.width != 0) continue;
      for (const NamePattern& other : from) {
        for (const Hole& known : other.holes()) {
          if (known.name != hole.name) continue;
          if (known.choices.empty() && known.kind != Hole::Kind::kComponent) continue;
          hole.kind = known.kind;
          hole.choices = known.choices;
        }
      }
    }
  }
}

// The two sides of one capture must have as many places, or one would have no name.
Status CheckLists(const CompiledRule& rule) {
  std::map<std::string_view, std::size_t> sizes;
  for (const auto* side : {&rule.from, &rule.to}) {
    for (const NamePattern& pattern : *side) {
      for (const Hole& hole : pattern.holes()) {
        const auto [known, fresh] = sizes.emplace(hole.name, hole.choices.size());
        if (known->second == 0) known->second = hole.choices.size();
        if (fresh || hole.choices.empty() || known->second == hole.choices.size()) continue;
        return Bad(fmt::format("the two lists of '{}' have {} and {} elements", hole.name,
                               known->second, hole.choices.size()));
      }
    }
  }
  return {};
}

// Of several `from`, each must say where it goes.
Status CheckCaptures(const CompiledRule& rule, std::span<const Unravel> unravel) {
  for (const NamePattern& to : rule.to) {
    for (const Hole& hole : to.holes()) {
      std::size_t having = 0;
      for (const NamePattern& from : rule.from) {
        having += CompiledRule::Has({from}, hole.name);
      }
      const bool made = std::any_of(unravel.begin(), unravel.end(), [&](const Unravel& each) {
        return each.outer == hole.name || each.inner == hole.name || each.flat == hole.name;
      });
      if (having == 0 || having == rule.from.size() || made) continue;
      return Bad(fmt::format("'{{{}}}' is in one of the sources and not in all", hole.name));
    }
  }
  return {};
}

Status CheckOps(const std::vector<std::string>& ops) {
  for (const std::string& op : ops) {
    if (op.find('{') == std::string::npos) REGRAFT_CHECK(transform::ParseOp(op));
  }
  return {};
}

Result<CompiledRule> CompileRule(const TensorRule& rule, std::span<const Unravel> unravel) {
  CompiledRule out;
  out.rule = &rule;
  if (rule.from.empty() || rule.to.empty()) return Bad("it needs a source and a target");
  for (const std::string& text : rule.from) {
    REGRAFT_TRY(out.from.emplace_back(), NamePattern::Parse(text));
  }
  for (const std::string& text : rule.to) {
    REGRAFT_TRY(out.to.emplace_back(), NamePattern::Parse(text));
  }
  ShareLists(out.from, out.to);
  ShareLists(out.to, out.from);
  REGRAFT_CHECK(CheckLists(out));
  REGRAFT_CHECK(CheckCaptures(out, unravel));
  REGRAFT_TRY(out.where, ConditionsFrom(rule.where));
  REGRAFT_CHECK(CheckOps(rule.ops));
  if (rule.undo) REGRAFT_CHECK(CheckOps(*rule.undo));
  return out;
}

// A formula, read from the left: a sum of products.
class Formula {
 public:
  Formula(std::string_view text, const std::map<std::string, std::int64_t>& values)
      : text_(text), values_(values) {}

  std::optional<std::int64_t> Value() {
    auto sum = Sum();
    Spaces();
    return at_ == text_.size() ? sum : std::nullopt;
  }

 private:
  void Spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(char c) {
    Spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::optional<std::int64_t> Sum() {
    auto sum = Product();
    while (sum) {
      const bool minus = Take('-');
      if (!minus && !Take('+')) break;
      auto next = Product();
      if (next && minus) next = -*next;
      sum = next ? CheckedAdd(*sum, *next) : std::nullopt;
    }
    return sum;
  }
  std::optional<std::int64_t> Product() {
    auto product = Factor();
    while (product && Take('*')) {
      const auto next = Factor();
      product = next ? CheckedMul(*product, *next) : std::nullopt;
    }
    return product;
  }
  std::optional<std::int64_t> Factor() {
    Spaces();
    std::size_t end = at_;
    while (end < text_.size() && text_.substr(end, 1).find_first_of("+-* ") != 0) ++end;
    const std::string word(text_.substr(at_, end - at_));
    at_ = end;
    const auto known = values_.find(word);
    if (known != values_.end()) return known->second;
    return Number(word);
  }

  const std::string_view text_;
  const std::map<std::string, std::int64_t>& values_;
  std::size_t at_ = 0;
};

}  // namespace

bool Condition::Holds(const Captures& captures) const {
  const Capture* const capture = FindCapture(captures, name);
  if (capture == nullptr) return false;
  const std::int64_t value = capture->number;
  if (op == "<") return value < number;
  if (op == "<=") return value <= number;
  if (op == ">") return value > number;
  if (op == ">=") return value >= number;
  if (op == "==") return value == number;
  return value != number;
}

bool CompiledRule::Has(const std::vector<NamePattern>& patterns, std::string_view name) {
  for (const NamePattern& pattern : patterns) {
    for (const Hole& hole : pattern.holes()) {
      if (hole.name == name) return true;
    }
  }
  return false;
}

std::string RuleName(const TensorRule& rule) {
  return fmt::format("from {}", rule.from.empty() ? "nothing" : Join(rule.from, ", "));
}

Result<CompiledMap> Compile(const TensorMap& map) {
  CompiledMap out;
  for (const std::string& text : map.unravel) {
    REGRAFT_TRY(out.unravel.emplace_back(), UnravelFrom(text));
  }
  for (const TensorRule& rule : map.rules) {
    auto compiled = CompileRule(rule, out.unravel);
    if (!compiled) return Fail(std::move(compiled).error().With("rule", RuleName(rule)));
    out.rules.push_back(*std::move(compiled));
  }
  return out;
}

Result<std::int64_t> Evaluate(std::string_view formula,
                              const std::map<std::string, std::int64_t>& values) {
  const auto value = Formula(formula, values).Value();
  if (value) return *value;
  std::vector<std::string> known;
  for (const auto& [name, number] : values) known.push_back(fmt::format("{} = {}", name, number));
  return Fail(Error(ErrorCode::kInvalidArgument, "map/bad-rule",
                    fmt::format("'{}' is no number that is expected", formula))
                  .With("known", known.empty() ? "nothing" : Join(known, ", ")));
}

}  // namespace regraft::maps
