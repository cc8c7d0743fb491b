// find/prefix.h - whether a path can be the prefix of a new checkpoint.
#pragma once

#include <string>

#include "regraft/error.h"

namespace regraft::find {

/// Errors: kInvalidArgument "checkpoint/bad-prefix" with the prefix that was meant;
///         kUnsupported "checkpoint/remote".
Status CheckNewPrefix(const std::string& prefix);

}  // namespace regraft::find
