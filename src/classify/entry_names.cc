#include "classify/entry_names.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/name_table.h"
#include "base/text.h"
#include "regraft/key.h"
#include "regraft/naming.h"
#include "regraft/part_kind.h"

namespace regraft {
namespace {

// Keras 3 keeps in `_kernel` what it calls kernel.
std::string_view WithoutPrivate(std::string_view part) {
  return part.size() > 1 && part[0] == '_' ? part.substr(1) : part;
}

// The path as people write it: Keras 3's private spelling is understood without the "_".
std::string Plain(std::string_view path) {
  std::string out;
  for (const std::string_view part : Split(path, '/')) {
    out += out.empty() ? "" : "/";
    out += WithoutPrivate(part);
  }
  return out;
}

// An edge path as far as a person would use it.
struct Way {
  std::vector<std::string_view> parts;
  bool given = true;  ///< A person chose all of it.
  /// Parts in front of the first row of layers, and behind the number of the last one.
  std::size_t front = 0, below = 0;
  bool in_row = false;
  bool of_keras_3 = false, in_sequential = false;  // The row.
  bool counts = true;                              ///< No part of it is bookkeeping.
  bool counted = false;  ///< A part that looks like a name is not one that a person chose.
};

Way WayOf(std::string_view path, std::span<const PartKind> kinds) {
  Way way;
  way.parts = Split(path, '/');
  const bool known = kinds.size() == way.parts.size();
  bool list_below = false;  // A list inside of a layer, whose members have no names.
  for (std::size_t i = 0; i < way.parts.size(); ++i) {
    const PartKind kind = KindOfPathPart(way.parts[i]);
    if (kind == PartKind::kNone) way.counts = false;
    if (known && kind == PartKind::kGiven &&
        (kinds[i] == PartKind::kPlace || kinds[i] == PartKind::kNumbered)) {
      way.given = false;
      way.counted = true;
    }
    if (kind != PartKind::kPlace || (known && kinds[i] == PartKind::kGiven)) continue;
    way.given = false;
    const bool numbered_row =
        i > 0 && (way.parts[i - 1] == "_operations" || way.parts[i - 1] == "_layers");
    if (!numbered_row && !way.parts[i].starts_with("layer")) {
      list_below = true;
      continue;
    }
    if (!way.in_row) {
      way.front = numbered_row ? i - 1 : i;
      way.in_sequential = way.front > 0 && way.parts[way.front - 1] == "_functional";
      if (way.in_sequential) --way.front;
    }
    way.of_keras_3 = numbered_row;
    way.in_row = true;
    list_below = false;
    way.below = i + 1;
  }
  way.in_row = way.in_row && !list_below;
  return way;
}

std::string Joined(std::initializer_list<std::span<const std::string_view>> rows) {
  std::string out;
  for (const auto& row : rows) {
    for (const std::string_view part : row) {
      if (!out.empty()) out += '/';
      out += part;
    }
  }
  return out;
}

// What stands in front of the row of layers, then the names of the layer and its variable:
// "model/a/kernel". Nothing if the variable's own name does not fit behind the row.
std::optional<std::string> NameInRow(const Way& way, std::string_view full_name) {
  if (!way.in_row || way.below == way.parts.size()) return std::nullopt;
  const std::vector<std::string_view> own = Split(full_name, '/');
  if (WithoutPrivate(own.back()) != WithoutPrivate(way.parts.back())) return std::nullopt;
  // A Sequential of Keras 3 puts its own name in front of its layers'.
  const std::size_t model = way.of_keras_3 && way.in_sequential && own.size() > 2 ? 1 : 0;
  const std::size_t tail = way.parts.size() - way.below + 1;
  const std::span<const std::string_view> all(own), path(way.parts);
  const std::span<const std::string_view> front = path.first(way.front);
  if (own.size() - model >= tail) return Joined({front, all.last(tail)});
  // Files of Keras 3 may have the outermost layer's name alone before that of the variable.
  if (!way.of_keras_3 || own.size() - model != 2) return std::nullopt;
  return Joined({front, all.subspan(model, 1), path.subspan(way.below)});
}

// Gives each thing the first of its candidates that no other one wants.
class Namer {
 public:
  explicit Namer(std::span<const Naming> things)
      : things_(things), candidates_(things.size()), taken_(things.size()) {}

  std::vector<std::string> Run() && {
    for (std::size_t i = 0; i < things_.size(); ++i) {
      if (!IsSlot(things_[i])) AddOwn(i);
    }
    DropForeign();
    Settle([&](std::size_t i) { return !IsSlot(things_[i]); });
    for (std::size_t i = 0; i < things_.size(); ++i) {
      const Naming& thing = things_[i];
      if (!IsSlot(thing)) continue;
      const std::string_view variable = NameOf(static_cast<std::size_t>(thing.slot_of));
      Invent(i, SlotName(thing, variable));
      AddOwn(i);
    }
    DropForeign();
    Settle([&](std::size_t i) { return IsSlot(things_[i]); });
    std::vector<std::string> names;
    names.reserve(things_.size());
    for (std::size_t i = 0; i < things_.size(); ++i) names.emplace_back(NameOf(i));
    return names;
  }

 private:
  // Of a slot: what is made of its variable's name; then what AddOwn() adds at most.
  static constexpr std::size_t kMost = 1 + 5;
  struct Candidates {
    std::array<std::string_view, kMost> texts;  // Those that are made here are in made_.
    std::uint8_t count = 0;
    std::uint8_t at = 0;
    std::uint8_t invented = 0;  // So many of the first ones are made here.
  };
  static constexpr std::size_t kSeveral = std::numeric_limits<std::size_t>::max();

  bool IsSlot(const Naming& thing) const {
    const auto owner = static_cast<std::size_t>(thing.slot_of);
    return thing.slot_of >= 0 && owner < things_.size() && !thing.slot.empty() &&
           things_[owner].slot_of < 0;
  }

  std::string_view NameOf(std::size_t i) const { return candidates_[i].texts[candidates_[i].at]; }

  bool IsLast(std::size_t i) const { return candidates_[i].at + 1 == candidates_[i].count; }

  static void Add(std::string_view text, Candidates& to) { to.texts[to.count++] = text; }

  void Invent(std::size_t i, std::string text) {
    Add(made_.emplace_back(std::move(text)), candidates_[i]);
    candidates_[i].invented = candidates_[i].count;
  }

  static std::string SlotName(const Naming& slot, std::string_view variable) {
    std::string name;
    name.reserve(slot.optimizer.size() + slot.slot.size() + variable.size() + 2);
    name += slot.optimizer;
    if (!slot.optimizer.empty()) name += '/';
    return name.append(slot.slot).append("/").append(variable);
  }

  // The names that a thing has by itself, best first, ending in its key.
  void AddOwn(std::size_t i) {
    const Naming& thing = things_[i];
    Candidates& own = candidates_[i];
    std::optional<std::string_view> given, placed, untold;
    std::optional<std::string> in_row;
    for (std::size_t p = 0; p < thing.paths.size(); ++p) {
      const std::string_view path = thing.paths[p];
      if (path.empty()) continue;  // A variable that is the root itself.
      const Way way =
          WayOf(path, p < thing.path_kinds.size() ? std::span<const PartKind>(thing.path_kinds[p])
                                                  : std::span<const PartKind>());
      if (!way.counts) {
        if (!untold) untold = path;
        continue;
      }
      if (way.given) {
        given = path;
        break;
      }
      if (!placed) placed = path;
      if (!in_row && way.counted && !thing.full_name.empty()) in_row = thing.full_name;
      if (!in_row) in_row = NameInRow(way, thing.full_name);
    }
    if (given) {
      Add(*given, own);
    } else if (in_row) {
      Invent(i, *std::move(in_row));
    } else if (!placed && untold && thing.of_model && !thing.full_name.empty()) {
      Invent(i, std::string(thing.full_name));
    }
    if (placed) Add(*placed, own);
    if (untold && !placed && !given && !thing.of_model) Add(*untold, own);
    const std::string_view key = thing.key.empty() ? thing.full_name : thing.key;
    Add(ShortKey(key), own);
    Add(key, own);
  }

  // A name that is made here must not be what somebody calls another thing.
  void DropForeign() {
    NameTable owners(made_.size());
    for (std::size_t i = 0; i < things_.size(); ++i) {
      for (std::size_t c = candidates_[i].at; c < candidates_[i].invented; ++c) {
        owners.Add(candidates_[i].texts[c], i);
      }
    }
    if (owners.empty()) return;
    const auto claim = [&](std::string_view text, std::size_t i) {
      std::size_t* const found = owners.Find(text);
      if (found != nullptr && *found != i) *found = kSeveral;
    };
    for (std::size_t i = 0; i < things_.size(); ++i) {
      const Naming& thing = things_[i];
      for (const std::string& path : thing.paths) {
        claim(path, i);
        if (path.starts_with('_') || path.find("/_") != std::string::npos) claim(Plain(path), i);
      }
      claim(thing.full_name, i);
      claim(thing.key, i);
      claim(ShortKey(thing.key), i);
      for (std::size_t c = candidates_[i].at; c < candidates_[i].invented; ++c) {
        claim(candidates_[i].texts[c], i);
      }
    }
    for (Candidates& each : candidates_) {
      while (each.at < each.invented && *owners.Find(each.texts[each.at]) == kSeveral) ++each.at;
      each.invented = std::min(each.invented, each.at);
    }
  }

  // Whoever wants what another one has or wanted in vain goes on to the next candidate, and so
  // does the other one. Every step uses up a candidate, so this ends.
  template <typename Takes>
  void Settle(Takes takes) {
    std::vector<std::size_t> open;
    for (std::size_t i = things_.size(); i-- > 0;) {
      if (takes(i)) open.push_back(i);
    }
    while (!open.empty()) {
      const std::size_t i = open.back();
      open.pop_back();
      const auto [place, fresh] = taken_.Add(NameOf(i), i);
      if (fresh) continue;
      const bool last = IsLast(i);
      const std::size_t other = *place;
      const bool other_is_last = other != kSeveral && IsLast(other);
      if (!other_is_last) *place = last ? i : kSeveral;
      if (!last) {
        ++candidates_[i].at;
        open.push_back(i);
      }
      if (other != kSeveral && !other_is_last) {
        ++candidates_[other].at;
        open.push_back(other);
      }
    }
  }

  std::span<const Naming> things_;
  std::vector<Candidates> candidates_;
  std::deque<std::string> made_;  // They stay where they are.
  NameTable taken_;
};

}  // namespace

std::vector<std::string> ReadableNames(std::span<const Naming> things) {
  return Namer(things).Run();
}

namespace classify {

void NameEntries(std::span<Entry> entries) {
  NameTable by_key;  // For slots only.
  const bool slots = std::any_of(entries.begin(), entries.end(),
                                 [](const Entry& entry) { return !entry.slot_of.empty(); });
  if (slots) by_key = NameTable(entries.size());
  for (std::size_t i = 0; slots && i < entries.size(); ++i) by_key.Add(entries[i].key, i);
  std::vector<Naming> things;
  things.reserve(entries.size());
  for (const Entry& entry : entries) {
    Naming& thing = things.emplace_back();
    thing.paths = entry.paths;
    thing.path_kinds = entry.path_kinds;
    thing.full_name = entry.full_name;
    thing.key = entry.key;
    thing.of_model = entry.cls == EntryClass::kWeights || entry.cls == EntryClass::kBnStats;
    thing.slot = entry.slot;
    thing.optimizer = entry.optimizer;
    // In a file of names a slot has one, which its author chose.
    const bool named = entry.paths.empty() && entry.optimizer.empty();
    if (named || entry.slot_of.empty()) continue;
    if (const std::size_t* const owner = by_key.Find(entry.slot_of)) {
      thing.slot_of = static_cast<std::ptrdiff_t>(*owner);
    }
  }
  std::vector<std::string> names = ReadableNames(things);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].name = std::move(names[i]);
}

}  // namespace classify
}  // namespace regraft
