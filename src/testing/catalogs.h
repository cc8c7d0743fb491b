// testing/catalogs.h - catalogs and targets written by hand, for tests of choosing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/dtype.h"
#include "regraft/entry.h"
#include "regraft/identity.h"
#include "regraft/tensor.h"

namespace regraft::testing {

/// Catalogs of files with an object graph, and of files without one.
enum class Of { kObjects, kNames };

/// Builds a Catalog entry by entry; entries may come in any order.
class CatalogBuilder {
 public:
  explicit CatalogBuilder(Of what) {
    catalog_.has_graph = catalog_.has_objects = what == Of::kObjects;
  }

  /// A variable of an object-based file at an edge path.
  CatalogBuilder& Variable(std::string path, std::string full_name, Shape shape = {2},
                           DType dtype = DType::kFloat32, EntryClass cls = EntryClass::kWeights) {
    Entry entry;
    entry.key = path + "/.ATTRIBUTES/VARIABLE_VALUE";
    entry.paths = {std::move(path)};
    entry.full_name = std::move(full_name);
    entry.spec = {dtype, std::move(shape)};
    entry.cls = cls;
    return Add(std::move(entry));
  }
  /// A tensor of a name-based file.
  CatalogBuilder& Named(std::string name, Shape shape = {2}, DType dtype = DType::kFloat32,
                        EntryClass cls = EntryClass::kWeights) {
    Entry entry;
    entry.key = name;
    entry.full_name = std::move(name);
    entry.spec = {dtype, std::move(shape)};
    entry.cls = cls;
    return Add(std::move(entry));
  }
  CatalogBuilder& Add(Entry entry);
  CatalogBuilder& Hollow(std::string path) {
    catalog_.hollow.push_back(std::move(path));
    return *this;
  }

  /// Sorted, with a fingerprint of its keys and specs.
  Catalog Build() const;

 private:
  Catalog catalog_;
};

/// A target of a model that is the root itself: "dense/kernel", "net/dense/kernel".
Target ModelTarget(std::string path, std::string full_name, Shape shape = {2},
                   DType dtype = DType::kFloat32);

}  // namespace regraft::testing
