// identity/chosen.h - the witnesses that a person chose: given paths and given names.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "identity/names.h"
#include "regraft/catalog.h"
#include "regraft/identity.h"

namespace regraft::identity {

/// Entries that one chosen witness of a target points to.
struct Pointed {
  std::vector<std::size_t> entries;
  int level = 0;  ///< How many of the two sides were read without their root.
};
struct Chosen {
  Pointed by_path, by_name;
};

/// For each target the entries of the same given path and of the same given name. The least
/// level at which there is one counts.
std::vector<Chosen> FindChosen(const Catalog& source, std::span<const Target> targets,
                               const Sides& sides);

}  // namespace regraft::identity
