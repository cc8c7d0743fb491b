// base/json_text.h - names, which are bytes, in JSON, which is UTF-8.
#pragma once

#include <string>

namespace regraft {

/// The text itself if it is UTF-8. Otherwise each byte becomes the code point of its number,
/// after a leading U+FFFE that no name can hold, so that reading gives the same bytes back.
std::string JsonText(const std::string& text);

/// The text that JsonText() was given.
std::string TextFromJson(const std::string& text);

}  // namespace regraft
