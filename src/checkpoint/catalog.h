// checkpoint/catalog.h - the catalog of an opened bundle.
#pragma once

#include <string>

#include "bundle/bundle_reader.h"
#include "regraft/checkpoint.h"

namespace regraft::checkpoint {

/// Entries with names and classes, in the order of bundle.tensors().
/// `graph` is null if the file has none, or if it cannot be read.
/// Cost: linear in the entries and the edges of the graph.
Catalog MakeCatalog(std::string prefix, const bundle::BundleReader& bundle,
                    const ObjectGraph* graph);

}  // namespace regraft::checkpoint
