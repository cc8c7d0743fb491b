// render/words.h - words that several documents have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "render/document.h"

namespace regraft::render {

/// What an entry is called. A plan that was made by hand may know keys only.
std::string NameOrKey(const std::string& name, const std::string& key);

/// "3 elements became infinite by a cast: a/{bias,kernel}".
Note BecameInfinite(std::uint64_t elements, const std::vector<std::string>& names);

}  // namespace regraft::render
