// Maps that come along.
#include "regraft/render.h"
#include "regraft/tensor_map.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/json.h"

namespace regraft {

std::string PresetsText(const TextOptions& options) {
  render::Table table{.columns = {{"preset"}, {"from"}, {"to"}, {"about"}}, .titled = true};
  for (const Preset& preset : Presets()) {
    const auto map = ParseTensorMap(preset.toml);
    if (map) table.rows.push_back({std::string(preset.name), map->from, map->to, map->about});
  }
  render::Document document;
  document.Add(std::move(table));
  return render::Draw(document, options);
}

std::string PresetsJson() {
  render::Json root = {{"schema", "regraft.presets/1"}, {"presets", render::Json::array()}};
  for (const Preset& preset : Presets()) {
    const auto map = ParseTensorMap(preset.toml);
    if (!map) continue;
    root["presets"].push_back({{"name", preset.name},
                               {"from", map->from},
                               {"to", map->to},
                               {"about", map->about},
                               {"rules", map->rules.size()}});
  }
  return render::Dump(root);
}

}  // namespace regraft
