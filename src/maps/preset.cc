// Maps that come along, by name and by what they fit.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "regraft/tensor_map.h"

namespace regraft {

Result<TensorMap> PresetMap(std::string_view name) {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return ParseTensorMap(preset.toml);
    names.emplace_back(preset.name);
  }
  Error error(ErrorCode::kNotFound, "map/no-preset",
              fmt::format("there is no preset '{}'", Printable(name)));
  for (std::string& near : Nearest(name, names, 3)) {
    error.details.push_back({"closest", std::move(near)});
  }
  return Fail(std::move(error).With("presets", Join(names, ", ")));
}

std::string PresetFor(const Catalog& catalog) {
  std::string best;
  std::size_t most = 0;
  for (const Preset& preset : Presets()) {
    const auto map = ParseTensorMap(preset.toml);
    const auto resolved = map ? Resolve(*map, catalog) : Result<ResolvedMap>(Fail(map.error()));
    if (!resolved) continue;
    const auto used = static_cast<std::size_t>(std::count_if(
        resolved->fired.begin(), resolved->fired.end(), [](std::size_t made) { return made > 0; }));
    if (used <= most) continue;
    most = used;
    best = preset.name;
  }
  return best;
}

}  // namespace regraft
