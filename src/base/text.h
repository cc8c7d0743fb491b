// base/text.h - the pieces that text is made of; regraft/text.h has the rest.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/text.h"

namespace regraft {

/// Splits at every `separator`; never empty.
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(std::span<const std::string> parts, std::string_view separator);

/// Edits (insert, delete, replace, swap neighbours) from `a` to `b`, or `limit + 1`
/// as soon as more than `limit` are needed. Cost: O(length * limit).
std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace regraft
