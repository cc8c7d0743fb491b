// render/columns.h - text that fits into the columns of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/text.h"

namespace regraft::render {

/// A text as a terminal may show it: Printable(), and with `ascii` nothing but ASCII; the
/// project's own signs have substitutes ("…" is "..."), other bytes become \xNN.
std::string Shown(std::string_view text, bool ascii);

/// The text in lines of at most `room` columns, broken at spaces. A word that is longer stays
/// whole, so that it can still be copied. Never empty.
std::vector<std::string> Wrapped(std::string_view text, std::size_t room);

}  // namespace regraft::render
