// base/error_rows.h - what an error says below its first line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "regraft/error.h"

namespace regraft {

/// Label and text: where it is, its details, and what would help in the words of the face.
std::vector<std::pair<std::string, std::string>> RowsOf(const Error& error, Face face);

}  // namespace regraft
