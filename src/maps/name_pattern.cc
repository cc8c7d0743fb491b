#include "maps/name_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/try.h"

namespace regraft::maps {
namespace {

using Kind = Hole::Kind;

constexpr std::int64_t kMostNumber = 1'000'000'000;

tl::unexpected<Error> BadHole(std::string_view text) {
  return Fail(Error(ErrorCode::kInvalidArgument, "map/bad-rule",
                    fmt::format("'{{{}}}' is no capture", Printable(text)))
                  .With("forms", "{i}, {i:03}, {i+1}, {r:a}, {x:*}, {x=query,key,value}, {m=1|0}"));
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IsDigit(c);
}

std::optional<std::int64_t> NumberIn(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  if (value > kMostNumber || value < -kMostNumber) return {};
  return value;
}

// What stands between the braces.
std::optional<Hole> HoleFrom(std::string_view text) {
  Hole hole;
  std::size_t end = 0;
  while (end < text.size() && IsNameChar(text[end])) ++end;
  if (end == 0 || IsDigit(text[0])) return std::nullopt;
  hole.name = text.substr(0, end);
  std::string_view rest = text.substr(end);
  if (rest.starts_with('=')) {
    rest.remove_prefix(1);
    const bool either = rest.find('|') != std::string_view::npos;
    hole.kind = either ? Kind::kAlternative : Kind::kChoice;
    for (const std::string_view choice : Split(rest, either ? '|' : ',')) {
      if (std::find(hole.choices.begin(), hole.choices.end(), choice) != hole.choices.end()) {
        return std::nullopt;
      }
      hole.choices.emplace_back(choice);
    }
    return hole;
  }
  if (rest.starts_with('+') || rest.starts_with('-')) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const auto offset = NumberIn(rest.substr(1, colon - 1));
    if (!offset || *offset < 0) return std::nullopt;
    hole.offset = rest[0] == '+' ? *offset : -*offset;
    rest.remove_prefix(colon);
  }
  if (rest.empty()) return hole;
  if (rest == ":a") {
    hole.kind = Kind::kLetter;
    return hole;
  }
  if (rest == ":*" && hole.offset == 0) {
    hole.kind = Kind::kComponent;
    return hole;
  }
  if (!rest.starts_with(":0")) return std::nullopt;
  const auto width = NumberIn(rest.substr(2));
  if (!width || *width < 1 || *width > 9) return std::nullopt;
  hole.width = static_cast<std::size_t>(*width);
  return hole;
}

std::string HoleText(const Hole& hole) {
  std::string text = hole.name;
  if (!hole.choices.empty()) {
    return text + "=" + Join(hole.choices, hole.kind == Kind::kChoice ? "," : "|");
  }
  if (hole.offset != 0) text += fmt::format("{:+}", hole.offset);
  if (hole.kind == Kind::kLetter) text += ":a";
  if (hole.kind == Kind::kComponent) text += ":*";
  if (hole.width > 0) text += fmt::format(":0{}", hole.width);
  return text;
}

std::string EscapedBraces(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '{' || c == '}' ? 2 : 1, c);
  return out;
}

// The ways in which the beginning of `rest` may fill a hole: how long, and what it says. Longest
// first.
std::vector<std::pair<std::size_t, Capture>> Fillings(const Hole& hole, std::string_view rest) {
  std::vector<std::pair<std::size_t, Capture>> out;
  switch (hole.kind) {
    case Kind::kNumber: {
      std::size_t digits = 0;
      while (digits < rest.size() && IsDigit(rest[digits])) ++digits;
      // A number ends where its digits end.
      const bool padded = digits > 1 && rest[0] == '0';
      if (digits == 0 || digits > 9 || digits < hole.width) break;
      if (padded && digits != hole.width) break;
      const auto number = NumberIn(rest.substr(0, digits));
      if (number) out.push_back({digits, {*number - hole.offset}});
      break;
    }
    case Kind::kLetter:
      if (!rest.empty() && rest[0] >= 'a' && rest[0] <= 'z') {
        out.push_back({1, {rest[0] - 'a' - hole.offset}});
      }
      break;
    case Kind::kComponent: {
      const std::size_t most = std::min(rest.find_first_of("/."), rest.size());
      for (std::size_t size = most; size > 0; --size) {
        out.push_back({size, {0, std::string(rest.substr(0, size))}});
      }
      break;
    }
    case Kind::kChoice:
    case Kind::kAlternative:
      for (std::size_t i = 0; i < hole.choices.size(); ++i) {
        if (rest.starts_with(hole.choices[i])) {
          out.push_back({hole.choices[i].size(), {static_cast<std::int64_t>(i)}});
        }
      }
      std::stable_sort(out.begin(), out.end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
      break;
  }
  std::erase_if(out, [](const auto& filling) { return filling.second.number < 0; });
  return out;
}

}  // namespace

const Capture* FindCapture(const Captures& captures, std::string_view name) {
  for (const auto& [known, capture] : captures) {
    if (known == name) return &capture;
  }
  return nullptr;
}

void SetCapture(Captures& captures, std::string_view name, Capture capture) {
  const auto at = std::lower_bound(
      captures.begin(), captures.end(), name,
      [](const auto& known, std::string_view wanted) { return known.first < wanted; });
  if (at != captures.end() && at->first == name) {
    at->second = std::move(capture);
  } else {
    captures.insert(at, {std::string(name), std::move(capture)});
  }
}

Result<NamePattern> NamePattern::Parse(std::string_view text) {
  NamePattern pattern;
  pattern.texts_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      pattern.texts_.back() += c;
      ++at;
    } else if (c == '{') {
      const std::size_t end = text.find('}', at);
      const auto inside = text.substr(at + 1, std::min(end, text.size()) - at - 1);
      auto hole = end == std::string_view::npos ? std::nullopt : HoleFrom(inside);
      if (!hole) return BadHole(inside);
      pattern.holes_.push_back(*std::move(hole));
      pattern.texts_.emplace_back();
      at = end;
    } else if (c == '}') {
      return BadHole(text.substr(at));
    } else {
      pattern.texts_.back() += c;
    }
  }
  return pattern;
}

std::string NamePattern::Escaped(std::string_view name) { return EscapedBraces(name); }

bool NamePattern::Match(std::string_view name, Captures& captures) const {
  if (!name.starts_with(texts_[0])) return false;
  Captures found;
  if (!MatchFrom(0, name.substr(texts_[0].size()), found)) return false;
  captures = std::move(found);
  return true;
}

bool NamePattern::MatchFrom(std::size_t hole, std::string_view rest, Captures& captures) const {
  if (hole == holes_.size()) return rest.empty();
  const std::string& behind = texts_[hole + 1];
  const Capture* const known = FindCapture(captures, holes_[hole].name);
  for (auto& [size, capture] : Fillings(holes_[hole], rest)) {
    if (known != nullptr && *known != capture) continue;
    if (!rest.substr(size).starts_with(behind)) continue;
    Captures tried = captures;
    SetCapture(tried, holes_[hole].name, std::move(capture));
    if (!MatchFrom(hole + 1, rest.substr(size + behind.size()), tried)) continue;
    captures = std::move(tried);
    return true;
  }
  return false;
}

bool NamePattern::CanRender(const Captures& captures) const {
  for (const Hole& hole : holes_) {
    const Capture* const capture = FindCapture(captures, hole.name);
    if (capture == nullptr) return false;
    const std::int64_t number = capture->number + hole.offset;
    if (!hole.choices.empty() && static_cast<std::size_t>(number) >= hole.choices.size()) {
      return false;
    }
    if (number < 0 || (hole.kind == Kind::kLetter && number > 25)) return false;
  }
  return true;
}

std::string NamePattern::Render(const Captures& captures) const {
  std::string out = texts_[0];
  for (std::size_t i = 0; i < holes_.size(); ++i) {
    const Hole& hole = holes_[i];
    const Capture& capture = *FindCapture(captures, hole.name);
    const std::int64_t number = capture.number + hole.offset;
    if (!hole.choices.empty()) {
      out += hole.choices[static_cast<std::size_t>(number)];
    } else if (hole.kind == Kind::kComponent) {
      out += capture.text;
    } else if (hole.kind == Kind::kLetter) {
      out += static_cast<char>('a' + number);
    } else {
      out += fmt::format("{:0{}}", number, std::max<std::size_t>(hole.width, 1));
    }
    out += texts_[i + 1];
  }
  return out;
}

std::string NamePattern::Text() const {
  std::string out = EscapedBraces(texts_[0]);
  for (std::size_t i = 0; i < holes_.size(); ++i) {
    out += "{" + HoleText(holes_[i]) + "}" + EscapedBraces(texts_[i + 1]);
  }
  return out;
}

std::optional<std::string_view> NamePattern::literal() const {
  if (!holes_.empty()) return std::nullopt;
  return texts_[0];
}

Result<std::string> Substituted(
    std::string_view text,
    const std::function<std::optional<std::string>(const Hole& hole)>& look) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      out += text[at];
      continue;
    }
    const std::size_t end = text.find('}', at);
    const auto inside = text.substr(at + 1, std::min(end, text.size()) - at - 1);
    const auto hole = end == std::string_view::npos ? std::nullopt : HoleFrom(inside);
    if (!hole) return BadHole(inside);
    const auto value = look(*hole);
    if (!value) {
      return Fail(
          Error(ErrorCode::kInvalidArgument, "map/bad-rule",
                fmt::format("'{}' speaks of '{}', which nothing gives a value", text, hole->name)));
    }
    out += *value;
    at = end;
  }
  return out;
}

}  // namespace regraft::maps
