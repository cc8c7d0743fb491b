// fuzz/small_catalog.h - a checkpoint of five entries, without a file.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "regraft/catalog.h"
#include "regraft/dtype.h"
#include "regraft/entry.h"
#include "regraft/tensor.h"

namespace regraft::fuzz {

inline Catalog SmallCatalog() {
  Catalog catalog;
  catalog.prefix = "fuzz";
  catalog.has_graph = catalog.has_objects = true;
  catalog.fingerprint = "fuzz";
  const auto add = [&catalog](const std::string& path, EntryClass cls,
                              std::initializer_list<std::int64_t> shape) {
    Entry entry;
    entry.key = path + "/.ATTRIBUTES/VARIABLE_VALUE";
    entry.spec = {DType::kFloat32, Shape(shape)};
    entry.cls = cls;
    entry.full_name = path.substr(path.find('/') + 1);
    entry.name = path;
    entry.paths = {path};
    catalog.entries.push_back(std::move(entry));
  };
  add("model/dense/bias", EntryClass::kWeights, {4});
  add("model/dense/kernel", EntryClass::kWeights, {3, 4});
  add("model/layers/0/kernel", EntryClass::kWeights, {3, 4});
  add("model/layers/1/kernel", EntryClass::kWeights, {4, 4});
  add("optimizer/m", EntryClass::kOptimizer, {});
  return catalog;
}

}  // namespace regraft::fuzz
