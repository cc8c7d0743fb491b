// Layouts by their names.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/try.h"
#include "maps/layer.h"
#include "regraft/tensor_map.h"

namespace regraft {
namespace {

using Emit = void (*)(const std::vector<maps::Layer>&, const maps::Said&, maps::LayoutBuilder&);

struct Layout {
  std::string_view name;
  char from, to;  // Between the parts of names.
  bool of_keras;
  Emit emit;
};
constexpr std::array kLayouts = {
    Layout{"keras->torch", '/', '.', true, maps::KerasToTorch},
    Layout{"torch->keras", '.', '/', false, maps::TorchToKeras},
    Layout{"keras->flax", '/', '/', true, maps::KerasToFlax},
    Layout{"flax->keras", '/', '/', false, maps::FlaxToKeras},
};
constexpr std::array<std::string_view, kLayouts.size()> kNames = {
    kLayouts[0].name, kLayouts[1].name, kLayouts[2].name, kLayouts[3].name};

}  // namespace

std::span<const std::string_view> Layouts() { return kNames; }

Result<TensorMap> LayoutMap(std::string_view layout, const Catalog& catalog,
                            std::span<const LayerRule> rules) {
  const auto known = std::find_if(kLayouts.begin(), kLayouts.end(),
                                  [&](const Layout& each) { return each.name == layout; });
  if (known == kLayouts.end()) {
    return Fail(Error(ErrorCode::kInvalidArgument, "layout/unknown",
                      fmt::format("there is no layout '{}'", Printable(layout)))
                    .With("layouts", fmt::format("{}", fmt::join(kNames, ", "))));
  }
  REGRAFT_TRY(maps::Said said, maps::Said::From(rules));
  const std::vector<maps::Layer> layers =
      known->of_keras ? maps::KerasLayers(catalog) : maps::PlainLayers(catalog, known->from);
  said.KnowRoot(layers);
  const std::vector<std::string> unused = said.Unused(layers);
  if (!unused.empty()) {
    std::vector<std::string> scopes;
    for (const maps::Layer& layer : layers) scopes.push_back(layer.scope);
    Error error(ErrorCode::kNotFound, "layout/no-layer",
                fmt::format("there is no layer '{}'", unused.front()));
    for (std::string& near : Nearest(unused.front(), scopes, 3)) {
      error.details.push_back({"closest", std::move(near)});
    }
    return Fail(std::move(error));
  }
  maps::LayoutBuilder builder(known->to);
  known->emit(layers, said, builder);
  REGRAFT_TRY(TensorMap map, std::move(builder).Finish());
  map.name = layout;
  map.from = layout.substr(0, layout.find('-'));
  map.to = layout.substr(layout.find('>') + 1);
  // Optimizers and averages have their own places in each framework.
  for (const char* other : {"@optimizer", "@step", "@ema", "@meta"}) map.skip.push_back(other);
  return map;
}

}  // namespace regraft
