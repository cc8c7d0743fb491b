#include "testing/catalogs.h"

#include <algorithm>

#include "classify/entry_names.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"

namespace regraft::testing {

CatalogBuilder& CatalogBuilder::Add(Entry entry) {
  entry.bytes = entry.spec.Bytes().value_or(0);
  catalog_.entries.push_back(std::move(entry));
  return *this;
}

Catalog CatalogBuilder::Build() const {
  Catalog out = catalog_;
  out.prefix = "runs/ckpt-1";
  std::sort(out.entries.begin(), out.entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  classify::NameEntries(out.entries);
  for (const Entry& entry : out.entries) out.fingerprint += entry.key + entry.spec.ToString() + ";";
  return out;
}

Target ModelTarget(std::string path, std::string full_name, Shape shape, DType dtype) {
  Target target;
  target.name = path;
  target.paths = {std::move(path)};
  target.full_name = std::move(full_name);
  target.spec = {dtype, std::move(shape)};
  return target;
}

}  // namespace regraft::testing
