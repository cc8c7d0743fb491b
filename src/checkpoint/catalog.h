// checkpoint/catalog.h - the catalog of an opened archive.
#pragma once

#include <string>
#include <string_view>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/catalog.h"
#include "regraft/object_graph.h"

namespace regraft::checkpoint {

/// Entries with names and classes, in the order of archive.tensors().
/// `graph` is null if the file has none, or if it cannot be read.
/// Cost: linear in the entries and the edges of the graph.
Catalog MakeCatalog(std::string prefix, const archive::Format& format,
                    const archive::Archive& archive, const ObjectGraph* graph);

}  // namespace regraft::checkpoint
