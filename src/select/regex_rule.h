// select/regex_rule.h - rules that rewrite names, as text.
#pragma once

#include <string>
#include <string_view>

#include "regraft/select.h"

namespace regraft::select {

/// "--regex 's/a/b/'", as a person would type it.
std::string RegexRuleText(const RegexRule& rule);

/// What is wrong with a rule.
Error BadRegexRule(std::string_view rule, std::string_view why);

}  // namespace regraft::select
