#include <regraft/render.h>
#include <regraft/tensor_map.h>

#include <memory>

#include "verb.h"

namespace regraft::cli {
namespace {

int Run(const std::string& name, const Terminal& terminal) {
  if (name.empty()) {
    terminal.Print(terminal.json ? PresetsJson() : PresetsText(terminal.text()));
    return 0;
  }
  const Result<TensorMap> map = PresetMap(name);
  if (!map) return terminal.Fail(map.error());
  for (const Preset& preset : Presets()) {
    if (preset.name == name) terminal.Print(std::string(preset.toml));
  }
  return 0;
}

}  // namespace

std::function<int()> SetupPresets(CLI::App& app, const Terminal& terminal) {
  auto name = std::make_shared<std::string>();
  app.add_option("NAME", *name, "print this one, as a map file");
  return [name, &terminal] { return Run(*name, terminal); };
}

}  // namespace regraft::cli
