// report/columns.h - text that fits into the columns of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace regraft::report {

/// A text as a terminal may show it: Printable(), and with `ascii` nothing but ASCII; the
/// project's own signs have substitutes ("…" is "..."), other bytes become \xNN.
std::string Shown(std::string_view text, bool ascii);

/// Columns that a Shown() text takes: one a character.
std::size_t Columns(std::string_view text);

/// The text in at most `room` columns: a longer one loses its middle, where names differ least.
std::string CutMiddle(const std::string& text, std::size_t room, bool ascii);

/// The text in lines of at most `room` columns, broken at spaces. A word that is longer stays
/// whole, so that it can still be copied. Never empty.
std::vector<std::string> Wrapped(std::string_view text, std::size_t room);

}  // namespace regraft::report
