#include "formats/keras/places.h"

#include <algorithm>

namespace regraft::keras {

std::string_view ParentOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view LastOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::string Below(std::string_view path, std::string_view part) {
  return path.empty() ? std::string(part) : std::string(path) + '/' + std::string(part);
}

std::string AsNow(std::string_view place) {
  constexpr std::string_view kOlder = "_layer_checkpoint_dependencies", kNow = "layers";
  std::string now(place);
  for (std::size_t at = 0; (at = now.find(kOlder, at)) != std::string::npos; at += kNow.size()) {
    now.replace(at, kOlder.size(), kNow);
  }
  return now;
}

std::string_view WithoutColon(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  const bool number = colon != std::string_view::npos && colon + 1 < name.size() &&
                      name.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return number ? name.substr(0, colon) : name;
}

}  // namespace regraft::keras
