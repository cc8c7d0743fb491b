// formats/numpy/text.h - arrays of text as NumPy stores them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/numpy/header.h"
#include "regraft/error.h"

namespace regraft::numpy {

/// The elements of an array of text, which are all of one size and filled up by zeros. Code points
/// become UTF-8; bytes stay as they are.
/// Pre:    header.text tells which; bytes.size() is a multiple of header.item_bytes, which is not
/// 0. Errors: kCorrupt "numpy/bad-strings" for what is no code point.
Result<std::vector<std::string>> DecodeText(const Header& header, std::string_view bytes);

}  // namespace regraft::numpy
