#include "view.h"

#include <fmt/format.h>

#include <utility>

#include "source.h"
#include "usage.h"

namespace regraft::cli {

void ViewFlags::AddTo(CLI::App& app, bool renames) {
  renames_ = renames;
  const char* const kGroup = "Maps and layouts (regraft help maps)";
  const auto text = [&](const char* names, std::string& into, const char* what, const char* type) {
    app.add_option(names, into, what)->type_name(type)->group(kGroup);
  };
  const auto list = [&](const char* names, std::vector<std::string>& into, const char* what,
                        const char* type) {
    app.add_option(names, into, what)
        ->type_name(type)
        ->group(kGroup)
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
  };
  text("--map-file", map_file_, "rules for tensors, or pairs of names", "FILE");
  text("--layout", view_.layout, "keras->torch, torch->keras, keras->flax, …", "A->B");
  text("--preset", view_.preset, "a map that comes along (regraft presets)", "NAME");
  list("--layer", layers_, "what a layer is, for --layout", "LAYER=>KIND");
  list("--set", set_, "a number that the map leaves open", "NAME=N");
  app.add_flag("--reverse", view_.reverse, "the map or preset backwards")->group(kGroup);
}

bool ViewFlags::any() const {
  return view_.any() || view_.reverse || !map_file_.empty() || !layers_.empty() || !set_.empty();
}

Result<std::string> ViewFlags::Text() const {
  if (map_file_.empty()) return std::string();
  if (!text_) text_ = ReadTextFile(map_file_);
  return *text_;
}

Result<CheckpointReader> ViewFlags::See(CheckpointReader source) const {
  if (!any()) return source;
  ViewOptions view = view_;
  const Result<std::string> text = Text();
  if (!text) return regraft::Fail(text.error());
  if (IsTensorMap(*text)) {
    view.map = *text;
  } else if (!map_file_.empty() && !renames_) {
    return regraft::Fail(Usage("the map file has only pairs of names, and nothing is renamed here",
                               "a map of tensors has [[rule]]s (regraft help maps)"));
  }
  const auto pairs = [](const std::vector<std::string>& given, std::string_view sign,
                        const std::string& flag, auto add) -> Status {
    for (const std::string& each : given) {
      const std::size_t at = each.find(sign);
      if (at == std::string::npos || at == 0) {
        return regraft::Fail(Error(ErrorCode::kInvalidArgument, "cli/bad-value",
                                   fmt::format("{} does not take '{}'", flag, each))
                                 .Hint(fmt::format("it takes NAME{}VALUE", sign)));
      }
      add(each.substr(0, at), each.substr(at + sign.size()));
    }
    return {};
  };
  Status read = pairs(layers_, "=>", "--layer", [&](std::string layer, std::string what) {
    view.layers.push_back({std::move(layer), std::move(what)});
  });
  if (read) {
    read = pairs(set_, "=", "--set", [&](std::string name, std::string value) {
      view.set.push_back({std::move(name), std::move(value)});
    });
  }
  if (!read) return regraft::Fail(read.error());
  Result<CheckpointReader> seen = Viewed(std::move(source), view);
  if (!seen && !view.map.empty() && seen.error().file.empty() &&
      seen.error().code == ErrorCode::kInvalidArgument) {
    return regraft::Fail(std::move(seen).error().InFile(map_file_));
  }
  return seen;
}

Status ViewFlags::AddPairs(std::vector<MapRule>& map) const {
  const Result<std::string> text = Text();
  if (!text) return regraft::Fail(text.error());
  if (map_file_.empty() || IsTensorMap(*text)) return {};
  Result<std::vector<MapRule>> pairs = ParseMapFile(*text);
  if (!pairs) return regraft::Fail(std::move(pairs).error().InFile(map_file_));
  map.insert(map.end(), pairs->begin(), pairs->end());
  return {};
}

Status ViewFlags::Refuse(bool asked, const std::string& flag) const {
  if (!asked || !any()) return {};
  const Result<std::string> text = Text();
  if (text && !view_.any() && !IsTensorMap(*text)) return {};
  return regraft::Fail(Usage(
      fmt::format("{} speaks of tensors as they are in files, and these are made by a map", flag),
      "copy what the map makes first, and go on with the copy"));
}

}  // namespace regraft::cli
