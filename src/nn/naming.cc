#include "nn/naming.h"

#include <cstddef>

namespace regraft::nn {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string SnakeCase(std::string_view class_name) {
  std::string out;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    if (i > 0 && IsUpper(c)) {
      const bool begins_word =
          i + 1 < class_name.size() && (IsLower(class_name[i + 1]) || IsDigit(class_name[i + 1]));
      if (begins_word || IsLower(class_name[i - 1])) out += '_';
    }
    out += IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace regraft::nn
