#include "base/fields.h"

namespace regraft {

std::string_view Fields::Bytes(std::size_t count) {
  if (count > left()) {
    whole_ = false;
    at_ = bytes_.size();
    return {};
  }
  at_ += count;
  return bytes_.substr(at_ - count, count);
}

std::uint64_t Fields::Number(std::size_t bytes) {
  const std::string_view text = Bytes(bytes);
  std::uint64_t value = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(text[i]);
  }
  return value;
}

}  // namespace regraft
