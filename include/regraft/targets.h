// regraft/targets.h - targets from checkpoints and lists.
#pragma once

#include <string_view>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/error.h"
#include "regraft/identity.h"

namespace regraft {

/// Turns entries of a checkpoint into targets of the names that people see (all but @meta).
std::vector<Target> TargetsFrom(const Catalog& catalog);

/// Reads a JSON list of {"name", "dtype", "shape"} as targets.
/// Errors: kInvalidArgument "select/bad-target-list", naming the element.
Result<std::vector<Target>> TargetsFromJson(std::string_view json);

}  // namespace regraft
