// Files whose format tells the places of variables, as Keras' do: what their positions decide.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "identity/identify.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/targets.h"
#include "testing/catalogs.h"

namespace regraft::identity {
namespace {

using testing::CatalogBuilder;

struct Way {
  std::string path, kinds;
};

std::vector<PartKind> KindsOf(const std::string& letters) {
  std::vector<PartKind> kinds;
  for (const char letter : letters) kinds.push_back(*ParsePartKind(letter));
  return kinds;
}

Entry EntryAt(std::string key, std::string full_name, const std::vector<Way>& ways) {
  Entry entry;
  entry.key = std::move(key);
  entry.name = entry.key;
  entry.full_name = std::move(full_name);
  entry.spec = {DType::kFloat32, {2}};
  for (const Way& way : ways) {
    entry.paths.push_back(way.path);
    entry.path_kinds.push_back(KindsOf(way.kinds));
  }
  return entry;
}

Target TargetAt(std::string name, std::string kinds, const std::vector<Way>& ways) {
  Target target;
  target.name = target.full_name = std::move(name);
  target.name_kinds = KindsOf(kinds);
  target.spec = {DType::kFloat32, {2}};
  for (const Way& way : ways) {
    target.paths.push_back(way.path);
    target.path_kinds.push_back(KindsOf(way.kinds));
  }
  return target;
}

// A target of the layer at a place, with the names that Python gives it.
Target LayerVariable(const std::string& layer, const std::string& kinds, const std::string& place,
                     const std::string& variable, int number) {
  return TargetAt(layer + '/' + variable, kinds,
                  {{"layers/" + place + '/' + variable, "spg"},
                   {"layers/" + place + '/' + std::to_string(number), "spp"}});
}

std::vector<std::string> SourcesOf(const Catalog& source, const std::vector<Target>& targets) {
  const std::vector<std::ptrdiff_t> open(targets.size(), kOpen);
  std::vector<std::string> keys;
  for (const Finding& finding : Identify(source, targets, open, Identity::kSure)) {
    keys.push_back(finding.known() ? source.entries[finding.entries[0]].key : "");
  }
  return keys;
}

using Keys = std::vector<std::string>;

TEST(StoredPlaces, PositionsDoWhereTheFileHasNoNamesOfVariables) {
  const Catalog source =
      CatalogBuilder(testing::Of::kObjects)
          .Add(EntryAt("layers/norm/vars/0", "norm/0", {{"layers/norm/0", "spp"}}))
          .Add(EntryAt("layers/norm/vars/1", "norm/1", {{"layers/norm/1", "spp"}}))
          .Build();
  EXPECT_EQ(SourcesOf(source, {LayerVariable("norm_7", "ng", "norm", "beta", 0),
                               LayerVariable("norm_7", "ng", "norm", "mean", 1)}),
            (Keys{"layers/norm/vars/0", "layers/norm/vars/1"}));
}

TEST(StoredPlaces, NamesOfVariablesThatDifferGoBeforePositions) {
  const Catalog source = CatalogBuilder(testing::Of::kObjects)
                             .Add(EntryAt("layers/norm/vars/0", "norm/gamma",
                                          {{"layers/norm/gamma", "spg"}, {"layers/norm/0", "spp"}}))
                             .Build();
  EXPECT_EQ(SourcesOf(source, {LayerVariable("norm", "ng", "norm", "beta", 0)}), Keys{""});
  EXPECT_EQ(SourcesOf(source, {LayerVariable("norm", "ng", "norm", "gamma", 0)}),
            Keys{"layers/norm/vars/0"});
}

TEST(StoredPlaces, NamesOfLayersThatAPersonChoseGoBeforePositions) {
  const Catalog source =
      CatalogBuilder(testing::Of::kObjects)
          .Add(EntryAt("layers/own/vars/0", "a/0", {{"layers/own/0", "spp"}}))
          .Add(EntryAt("layers/own_1/vars/0", "b/0", {{"layers/own_1/0", "spp"}}))
          .Build();
  EXPECT_EQ(SourcesOf(source, {LayerVariable("a", "gg", "own", "w", 0),
                               LayerVariable("b", "gg", "own_1", "w", 0)}),
            (Keys{"layers/own/vars/0", "layers/own_1/vars/0"}));
  for (const std::string& key : SourcesOf(source, {LayerVariable("b", "gg", "own", "w", 0),
                                                   LayerVariable("a", "gg", "own_1", "w", 0)})) {
    EXPECT_EQ(key, "");
  }
}

TEST(StoredPlaces, NamesOfOwnClassesCountBelowLayersInARow) {
  const Catalog source =
      CatalogBuilder(testing::Of::kObjects)
          .Add(EntryAt("net/scale/w:0", "scale/w", {{"net/w", "gg"}, {"layers/0/scale/w", "spgg"}}))
          .Add(EntryAt("net/scale_1/w:0", "scale_1/w",
                       {{"net/w", "gg"}, {"layers/0/scale_1/w", "spgg"}}))
          .Build();
  const auto target = [](const std::string& layer) {
    return TargetAt(layer + "/w", "ng", {{"layers/0/" + layer + "/w", "spgg"}});
  };
  EXPECT_EQ(SourcesOf(source, {target("scale_4"), target("scale_5")}),
            (Keys{"net/scale/w:0", "net/scale_1/w:0"}));
}

}  // namespace
}  // namespace regraft::identity
