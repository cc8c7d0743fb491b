#include "select/rename.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "select/pattern.h"
#include "select/regex_rule.h"
#include "select/resolve.h"

namespace regraft::select {
namespace {

// "model", "model/" -> "model/".
std::string AsScope(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix.empty() ? prefix : prefix + "/";
}

Error BadMap(const MapRule& rule, std::string_view why, std::string hint) {
  return Error(ErrorCode::kInvalidArgument, "select/bad-map",
               fmt::format("the map rule '{}=>{}' {}", rule.from, rule.to, why))
      .Hint(std::move(hint));
}

}  // namespace

Renamer::Renamer() = default;
Renamer::Renamer(Renamer&&) noexcept = default;
Renamer& Renamer::operator=(Renamer&&) noexcept = default;
Renamer::~Renamer() = default;

Result<Renamer> Renamer::Make(std::span<const MapRule> map, std::span<const RegexRule> regex,
                              std::string strip_prefix, std::string add_prefix) {
  Renamer out;
  out.strip_ = AsScope(std::move(strip_prefix));
  out.add_ = AsScope(std::move(add_prefix));
  for (const MapRule& rule : map) {
    const bool scope = rule.from.ends_with('/');
    if (rule.from.empty() || rule.to.empty() || scope != rule.to.ends_with('/')) {
      return Fail(BadMap(rule, "mixes a scope and a single name",
                         "end both sides in '/' to rename a scope, neither to rename one name"));
    }
    auto& rules = scope ? out.scopes_ : out.pairs_;
    const auto [at, added] = rules.emplace(rule.from, out.map_.size());
    if (!added) {
      const MapRule& first = out.map_[at->second];
      if (first == rule) continue;
      return Fail(BadMap(rule, fmt::format("contradicts '{}=>{}'", first.from, first.to),
                         "one name can have one new name; copy twice to have the value twice"));
    }
    out.map_.push_back(rule);
  }
  for (const RegexRule& rule : regex) {
    const std::string typed = rule.pattern + "=>" + rule.replacement;
    std::unique_ptr<re2::RE2> compiled = CompileRegex(rule.pattern);
    if (!compiled->ok()) return Fail(BadRegexRule(typed, compiled->error()));
    std::string why;
    if (!compiled->CheckRewriteString(rule.replacement, &why)) {
      return Fail(BadRegexRule(typed, why));
    }
    out.regex_.push_back({rule, std::move(compiled)});
  }
  return out;
}

// The longest scope that `name` is below, but for the root; `length` is that of its text.
std::optional<std::size_t> Renamer::FindScope(std::string_view name, std::size_t& length,
                                              std::optional<std::size_t> without) const {
  if (scopes_.empty()) return std::nullopt;
  for (std::size_t slash = name.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = name.rfind('/', slash - 1)) {
    const auto it = scopes_.find(std::string(name.substr(0, slash + 1)));
    if (it == scopes_.end() || it->second == without) continue;
    length = slash + 1;
    return it->second;
  }
  return std::nullopt;
}

std::string Renamer::Rewritten(std::size_t regex, const std::string& name) const {
  std::string text = name;
  RE2::GlobalReplace(&text, *regex_[regex].compiled, regex_[regex].rule.replacement);
  return text;
}

Renamer::Decision Renamer::Decide(std::string_view name, std::optional<std::size_t> without) const {
  Decision out;
  std::string_view bare = name;
  if (!strip_.empty()) {
    out.stripped = name.starts_with(strip_) || name == strip_.substr(0, strip_.size() - 1);
    if (out.stripped) bare.remove_prefix(std::min(strip_.size(), bare.size()));
  }
  out.bare = bare;
  out.text = bare;
  for (const std::string_view known : {name, bare}) {
    const auto pair = pairs_.find(std::string(known));
    if (out.map || pair == pairs_.end() || pair->second == without) continue;
    out.map = pair->second;
    out.text = map_[pair->second].to;
  }
  if (!out.map) {
    std::size_t longest = 0;
    for (const std::string_view known : {name, bare}) {
      std::size_t length = 0;
      const auto scope = FindScope(known, length, without);
      if (!scope || length <= longest) continue;
      longest = length;
      out.map = scope;
      const std::string& to = map_[*scope].to;
      out.text = (to == "/" ? "" : to) + std::string(known.substr(length));
    }
  }
  if (const auto root = scopes_.find("/");
      !out.map && root != scopes_.end() && root->second != without) {
    out.map = root->second;
    const std::string& to = map_[root->second].to;
    out.text = (to == "/" ? "" : to) + std::string(bare);
  }
  for (std::size_t i = 0; i < regex_.size() && !out.map && !out.regex; ++i) {
    std::string changed = Rewritten(i, out.bare);
    if (changed == bare) continue;
    out.regex = i;
    out.text = std::move(changed);
  }
  return out;
}

Renamer::Decision Renamer::Decide(const Renamable& name) const {
  if (name.variable.empty()) return Decide(name.name);
  Decision of_variable = Decide(name.variable);
  Decision own = Decide(name.name);
  if (own.map) {
    const std::string& from = map_[*own.map].from;
    const bool of_both =
        from == "/" || (from.ends_with('/') &&
                        (name.variable.starts_with(from) || of_variable.bare.starts_with(from)));
    own.own = !of_both;
    if (own.own) return own;
  }
  Decision out = of_variable;
  const std::string ending = name.name.substr(name.variable.size());
  out.bare = own.bare;
  out.text += ending;
  for (std::size_t i = 0; i < regex_.size() && !out.own; ++i) {
    if (i == of_variable.regex) continue;
    std::string changed = Rewritten(i, out.text);
    if (changed == out.text || Rewritten(i, of_variable.text) != of_variable.text) continue;
    out.own = true;
    out.ending = i;
    out.text = std::move(changed);
  }
  return out;
}

std::string Renamer::WithPrefix(const Decision& decision) const {
  if (!decision.text.empty()) return add_ + decision.text;
  return add_.empty() ? "" : add_.substr(0, add_.size() - 1);
}

std::string Renamer::operator()(std::string_view name) const { return WithPrefix(Decide(name)); }

std::string Renamer::operator()(const Renamable& name) const { return WithPrefix(Decide(name)); }

bool Renamer::SpeaksOf(const Renamable& slot) const { return Decide(slot).own; }

std::vector<Setting> Renamer::RulesOf(const Renamable& name) const {
  const Decision decision = Decide(name);
  std::vector<Setting> rules;
  if (decision.map) rules.push_back(AsSetting(map_[*decision.map]));
  for (const std::optional<std::size_t> regex : {decision.regex, decision.ending}) {
    if (regex) rules.push_back(AsSetting(regex_[*regex].rule));
  }
  return rules;
}

std::string Renamer::MapAdvice(const MapRule& rule, std::span<const std::string> names) const {
  const bool scope = rule.from.ends_with('/');
  const auto count = [&](const std::string& beginning) {
    return std::count_if(names.begin(), names.end(),
                         [&](const std::string& name) { return name.starts_with(beginning); });
  };
  if (scope && rule.from != "/" && count(rule.from) > 0) {
    return "other rules decide all names below it";
  }
  if (!scope) {
    if (const auto below = count(rule.from + "/"); below > 0) {
      return fmt::format("'{0}' is a scope: '{0}/=>{1}/' would rename {2}", rule.from, rule.to,
                         below);
    }
  } else {
    for (const std::string& name : names) {
      const std::size_t at = name.find("/" + rule.from);
      if (at == std::string::npos) continue;
      const std::string longer = name.substr(0, at + 1 + rule.from.size());
      return fmt::format("a scope begins at the root: '{}=>{}' would rename {}", longer, rule.to,
                         count(longer));
    }
  }
  const std::vector<std::string> near = Nearest(rule.from, names, 3);
  const std::string_view what = scope ? "no name is below" : "no name is";
  return near.empty() ? fmt::format("{} '{}'", what, rule.from)
                      : fmt::format("{} '{}'; nearest: {}", what, rule.from, Join(near, ", "));
}

std::string Renamer::RegexAdvice(const Regex& regex, std::span<const std::string> names) const {
  const auto matches = std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return RE2::PartialMatch(name, *regex.compiled);
  });
  if (matches == 0) return "no name holds a match";
  return fmt::format("it matches {}, but other rules decide them or it does not change them",
                     Plural(static_cast<std::size_t>(matches), "name"));
}

std::string Renamer::StripAdvice(std::span<const std::string> names) const {
  std::set<std::string> scopes;
  for (const std::string& name : names) {
    if (const std::size_t slash = name.find('/'); slash != std::string::npos && slash > 0) {
      scopes.insert(name.substr(0, slash + 1));
    }
  }
  const std::vector<std::string> all(scopes.begin(), scopes.end());
  std::vector<std::string> near = Nearest(strip_, all, 3);
  if (near.empty())
    near.assign(all.begin(), all.begin() + std::min<std::ptrdiff_t>(3, std::ssize(all)));
  return fmt::format("no name begins with '{}'{}{}", strip_,
                     near.empty() ? "" : "; some begin with ", Join(near, ", "));
}

// True if the rule of the map that decided the name made a difference.
bool Renamer::Changes(const Renamable& name, const Decision& decision) const {
  if (decision.text != decision.bare) return true;
  const std::string& decided = name.variable.empty() ? name.name : name.variable;
  return Decide(decided, decision.map).text != Decide(decided).text;
}

std::vector<PlannedRule> Renamer::Rows(std::span<const Renamable> names) const {
  struct Hits {
    std::size_t matched = 0, changed = 0;
  };
  std::vector<Hits> map_hits(map_.size()), regex_hits(regex_.size());
  std::size_t stripped = 0;
  std::vector<std::string> plain;
  for (const Renamable& name : names) {
    plain.push_back(name.name);
    const Decision own = Decide(name.name);
    const Decision decision = Decide(name);
    // A slot that cannot have a name of its own goes where its variable goes.
    const bool decides = !name.bound || !decision.own;
    if (own.map) {
      Hits& hits = map_hits[*own.map];
      ++hits.matched;
      hits.changed += decides && decision.map == own.map && Changes(name, decision);
    }
    bool open = !own.map;  // Nothing has decided the name yet.
    for (std::size_t i = 0; i < regex_.size(); ++i) {
      const bool changed = decision.regex == i || decision.ending == i;
      const bool matches = open && RE2::PartialMatch(own.bare, *regex_[i].compiled);
      regex_hits[i].matched += matches || changed;
      regex_hits[i].changed += changed && decides;
      open = open && !changed;
    }
    stripped += own.stripped;
  }
  std::vector<PlannedRule> rows;
  const auto add = [&](Setting rule, Hits hits, auto advice) {
    rows.push_back({std::move(rule), hits.matched, hits.changed == 0,
                    hits.changed == 0 ? advice() : "", hits.changed});
  };
  for (std::size_t i = 0; i < map_.size(); ++i) {
    add(AsSetting(map_[i]), map_hits[i], [&] {
      return map_hits[i].matched > 0
                 ? fmt::format("{} would be called as before", Plural(map_hits[i].matched, "name"))
                 : MapAdvice(map_[i], plain);
    });
  }
  for (std::size_t i = 0; i < regex_.size(); ++i) {
    add(AsSetting(regex_[i].rule), regex_hits[i], [&] { return RegexAdvice(regex_[i], plain); });
  }
  if (!strip_.empty()) {
    add({Option::kStripPrefix, strip_}, {stripped, stripped}, [&] { return StripAdvice(plain); });
  }
  if (!add_.empty()) {
    add({Option::kAddPrefix, add_}, {names.size(), names.size()},
        [] { return std::string("there is no name"); });
  }
  return rows;
}

}  // namespace regraft::select
