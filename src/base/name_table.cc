#include "base/name_table.h"

#include <bit>

namespace regraft {

void NameTable::Reserve(std::size_t names) {
  std::vector<Place> old(std::bit_ceil(names + names / 2 + 8));
  old.swap(places_);
  for (const Place& place : old) {
    if (place.name == nullptr) continue;
    places_[FreeOrSame({place.name, place.length}, place.hash)] = place;
  }
}

// Names that fall on the same place stand one after the other.
std::size_t NameTable::FreeOrSame(std::string_view name, std::size_t hash) const {
  for (std::size_t at = hash;; ++at) {
    const Place& place = places_[at & (places_.size() - 1)];
    const bool same = place.name != nullptr && place.hash == hash &&
                      std::string_view(place.name, place.length) == name;
    if (place.name == nullptr || same) return at & (places_.size() - 1);
  }
}

std::pair<std::size_t*, bool> NameTable::Add(std::string_view name, std::size_t number) {
  if (size_ + size_ / 2 >= places_.size()) Reserve(2 * size_);
  const std::size_t hash = std::hash<std::string_view>()(name);
  Place& place = places_[FreeOrSame(name, hash)];
  if (place.name != nullptr) return {&place.number, false};
  // An empty view may have no address, and that is the sign of a free place.
  place = {name.data() == nullptr ? "" : name.data(), name.size(), hash, number};
  ++size_;
  return {&place.number, true};
}

const std::size_t* NameTable::Find(std::string_view name) const {
  const Place& place = places_[FreeOrSame(name, std::hash<std::string_view>()(name))];
  return place.name == nullptr ? nullptr : &place.number;
}

}  // namespace regraft
