// formats/numpy/text.h - arrays of text as NumPy stores them.
#pragma once

#include <span>
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

/// Strings as NumPy stores them: as text if all are UTF-8, else as bytes.
struct EncodedText {
  std::string descr;  ///< "<U5" or "|S5".
  std::string bytes;
};

/// Errors: kUnsupported "numpy/strings" for what ends in a zero, which NumPy would cut off, and
/// where
///         one long string would make all of them take far more room than they have.
Result<EncodedText> EncodeText(std::span<const std::string> values);

}  // namespace regraft::numpy
