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

/// The line in lines of at most `width` columns; what comes after the first stands below `indent`
/// spaces, and nothing is broken before them. What is there to be copied stays whole: words longer
/// than a line, what stands in quotes, and a flag with its value.
std::string WrappedCopyable(std::string_view line, std::size_t indent, std::size_t width);

}  // namespace regraft::render
