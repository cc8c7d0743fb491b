// select/unconfirmed.h - what a file whose object graph cannot be read may not decide.
#pragma once

#include <cstddef>
#include <span>

#include "regraft/catalog.h"
#include "regraft/identity.h"
#include "select/resolve.h"

namespace regraft::select {

/// Takes back what was found by a position ("layers/2", "layer-3") where the object graph cannot
/// be read: whose position it is, only the graph's names would confirm. What a map names stays,
/// what Identity::kPlaces asks for,
/// and so does what has a place in the file that somebody chose, such as an attribute's name.
/// Returns how many targets have no source now that had one.
std::size_t DropUnconfirmed(const Catalog& source, Identity identity,
                            std::span<Resolution> resolutions);

}  // namespace regraft::select
