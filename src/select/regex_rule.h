// select/regex_rule.h - rules that rewrite names, as text.
#pragma once

#include <string>
#include <string_view>

#include "regraft/rules.h"
#include "regraft/setting.h"

namespace regraft::select {

/// The rule as a setting, "s/a/b/".
Setting AsSetting(const RegexRule& rule);

/// What is wrong with a rule.
Error BadRegexRule(std::string_view rule, std::string_view why);

}  // namespace regraft::select
