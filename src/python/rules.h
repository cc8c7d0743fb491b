// python/rules.h - rules and text options as Python gives them.
#pragma once

#include "common.h"
#include "regraft/report.h"
#include "regraft/select.h"

namespace regraft::python {

/// From a dict with the names of Rules' fields; `map` as pairs.
/// Throws ValueError; regraft._rules says it better before.
Rules RulesFrom(const Options& given);

TextOptions TextOptionsFrom(std::size_t width, bool color, bool ascii, bool all);

}  // namespace regraft::python
