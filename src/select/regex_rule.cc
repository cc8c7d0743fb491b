#include "select/regex_rule.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"

namespace regraft {
namespace select {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What may stand around the parts of s/old/new/.
bool IsDelimiter(char c) {
  return c > ' ' && c < 0x7f && !IsAlphanumeric(c) && c != '\\' && c != '_';
}

// Splits s/old/new/flags. A delimiter after a backslash is part of the text.
std::optional<std::vector<std::string>> SplitAt(std::string_view text, char delimiter) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      // The pattern keeps the backslash, which takes any meaning from the delimiter; a
      // replacement has no use for it.
      if (text[i + 1] != delimiter || parts.size() == 1) parts.back() += text[i];
      parts.back() += text[++i];
    } else if (text[i] == delimiter) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  if (parts.size() != 3) return std::nullopt;
  return parts;
}

}  // namespace

Setting AsSetting(const RegexRule& rule) {
  for (const char c : std::string_view("/|#,:;@%!~")) {
    if (rule.pattern.find(c) != std::string::npos ||
        rule.replacement.find(c) != std::string::npos) {
      continue;
    }
    return {Option::kRegex, fmt::format("s{0}{1}{0}{2}{0}", c, rule.pattern, rule.replacement)};
  }
  return {Option::kRegex, rule.pattern + "=>" + rule.replacement};
}

Error BadRegexRule(std::string_view rule, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument, "select/bad-regex-rule",
               fmt::format("the rule '{}' cannot be used: {}", rule, why))
      .Offer({{{Option::kRegex, R"(s/layer_(\d+)/block\1/)"}}, "", true})
      .Offer({{{Option::kRegex, "s#^old/#new/#"}}, "", true});
}

}  // namespace select

Result<RegexRule> ParseRegexRule(std::string_view text) {
  const std::size_t arrow = text.find("=>");
  RegexRule rule;
  if (text.size() > 1 && text[0] == 's' && select::IsDelimiter(text[1])) {
    if (const auto parts = select::SplitAt(text.substr(2), text[1])) {
      rule = {(*parts)[0], (*parts)[1]};
      if (rule.pattern.empty()) return Fail(select::BadRegexRule(text, "it looks for nothing"));
      bool any_case = false;
      for (const char flag : (*parts)[2]) {
        if (flag != 'g' && flag != 'i') {
          return Fail(select::BadRegexRule(
              text, fmt::format("there is no flag '{}', only i (any case) and g, which is always "
                                "meant",
                                Printable(std::string_view(&flag, 1)))));
        }
        any_case = any_case || flag == 'i';
      }
      if (any_case) rule.pattern = "(?i)" + rule.pattern;
      return rule;
    }
    if (arrow == std::string_view::npos) {
      return Fail(select::BadRegexRule(
          text, fmt::format("between s{0} and the end it needs two more {0}", text[1])));
    }
  }
  if (arrow == std::string_view::npos || arrow == 0) {
    return Fail(select::BadRegexRule(text, "it is neither s/OLD/NEW/ nor OLD=>NEW"));
  }
  return RegexRule{std::string(text.substr(0, arrow)), std::string(text.substr(arrow + 2))};
}

}  // namespace regraft
