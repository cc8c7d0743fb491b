// regraft/identity.h - who is who: what names are evidence of, and what has decided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/entry.h"
#include "regraft/part_kind.h"
#include "regraft/tensor.h"

namespace regraft {

/// The reason why an entry is the source of a target (docs/names.md). The two given ones are chosen
/// by a person. Place and number are weak: they count for pairs that are certain, and no others.
enum class Evidence {
  kNone,
  kMap,        ///< A map, or the key of a dictionary.
  kGivenPath,  ///< The same attributes and keywords, with or without the root.
  kGivenName,  ///< The same name, chosen from the layer on.
  kPlace,      ///< The same place in rows that can be aligned in one way only.
  kNumber,     ///< The same place in the order of automatic names, likewise.
  kSlot,       ///< An optimizer's slot of the source of its variable.
  kKey,        ///< The same key of what is no variable, such as a lookup table.
};
/// "none", "map", "given-path", "given-name", "place", "number", "slot", "key".
std::string_view EvidenceName(Evidence evidence);

/// How much weak evidence may decide.
enum class Identity {
  kSure,    ///< Only what is certain.
  kPlaces,  ///< A place counts though it is not certain.
  kNames,   ///< An automatic name counts though it is not certain, and goes before places.
};
/// "sure", "places", "names"; and back.
std::string_view IdentityName(Identity identity);
std::optional<Identity> ParseIdentity(std::string_view text);

/// Whether the first part of a target's paths names the root: `model` in Checkpoint(model=m).
enum class RootPart : std::uint8_t {
  kAbsent,   ///< The paths begin below the root.
  kFirst,    ///< It does.
  kPerhaps,  ///< Nothing tells, as in a file.
};

/// A place that can receive a tensor, and every name it answers to.
struct Target {
  std::string name;                ///< Unique in its plan; what reports print.
  std::vector<std::string> paths;  ///< Edge paths from the object that is restored.
  RootPart root = RootPart::kAbsent;
  std::string key;        ///< Checkpoint key, if it is an entry of one; else empty.
  std::string full_name;  ///< The variable's own name without ":0"; may be empty.
  TensorSpec spec;
  std::optional<EntryClass> cls;  ///< If known; else the source's class counts.
  /// The source's name, in any spelling, if the caller's map names it; else empty.
  std::string mapped_from;

  /// Of what kind each part is, between slashes, as far as the owner of the target knows:
  /// of full_name, and of each path. Empty: by the tables of docs/names.md.
  std::vector<PartKind> name_kinds;
  std::vector<std::vector<PartKind>> path_kinds;

  /// For a slot of an optimizer: which one ("momentums", "m"), the name of the target that is
  /// its variable (empty: not known), and the optimizer's path. Else empty.
  std::string slot;
  std::string slot_of;
  std::string optimizer;

  /// Its owner takes the tensor out of the source itself, as a lookup table or an iterator of
  /// TensorFlow does: only the type is compared, and nothing is staged.
  bool takes_itself = false;

  bool operator==(const Target&) const = default;
};

/// The word of one witness about a target, for those who want to know why.
struct Witness {
  Evidence evidence = Evidence::kNone;
  std::vector<std::string> sources;  ///< Names of entries; none if it found nothing.
  bool counts = false;
  std::string why;  ///< Why it counts or not, in a few words.

  bool operator==(const Witness&) const = default;
};

}  // namespace regraft
