#include "formats/keras/config.h"

#include <nlohmann/json.hpp>

namespace regraft::keras {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::size_t kMostDepth = 64;

// Text below a key; "" if there is none.
std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json* ObjectOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? &*found : nullptr;
}

std::optional<bool> FlagOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

// Nesting deeper than any model's, found before anything is built of it.
bool IsTooDeep(std::string_view json) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if ((c == '{' || c == '[') && ++depth > kMostDepth) return true;
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return false;
}

void AddLayers(const Json& config, const std::string& place, ModelConfig& out);

void AddLayer(const Json& layer, const std::string& place, ModelConfig& out) {
  LayerConfig known;
  known.snake_class = SnakeCase(TextOf(layer, "class_name"));
  const std::string module = TextOf(layer, "module");
  known.of_keras = module == "keras.layers" || module == "keras.src.models.sequential";
  known.name = TextOf(layer, "name");
  if (const Json* const config = ObjectOf(layer, "config")) {
    if (const std::string name = TextOf(*config, "name"); !name.empty()) known.name = name;
    known.options = {FlagOf(*config, "scale"), FlagOf(*config, "center")};
    AddLayers(*config, place, out);
    // Of a wrapper: the layer that it wraps.
    if (const Json* const inner = ObjectOf(*config, "layer")) {
      const bool both = known.snake_class == "bidirectional";
      for (const char* edge : {both ? "forward_layer" : "layer", both ? "backward_layer" : ""}) {
        if (*edge == '\0') continue;
        AddLayer(*inner, place + '/' + edge, out);
        // Its two layers have names of their own, which no configuration tells.
        if (both) out.layers[place + '/' + edge].name.clear();
      }
    }
  }
  out.layers.emplace(place, std::move(known));
}

void AddLayers(const Json& config, const std::string& place, ModelConfig& out) {
  const auto layers = config.find("layers");
  if (layers == config.end() || !layers->is_array()) return;
  std::map<std::string, std::size_t> counts;
  for (const Json& layer : *layers) {
    if (!layer.is_object()) continue;
    const std::string snake = SnakeCase(TextOf(layer, "class_name"));
    const std::size_t number = counts[snake]++;
    std::string own = place.empty() ? "layers/" : place + "/layers/";
    own += snake;
    if (number > 0) own += '_' + std::to_string(number);
    AddLayer(layer, own, out);
  }
}

}  // namespace

ModelConfig ReadConfig(std::string_view json) {
  ModelConfig out;
  if (json.size() > kMostBytes || IsTooDeep(json)) return out;
  const Json model = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!model.is_object()) return out;
  out.readable = true;
  if (const Json* const config = ObjectOf(model, "config")) AddLayers(*config, "", out);
  if (const Json* const compiled = ObjectOf(model, "compile_config")) {
    if (const Json* const optimizer = ObjectOf(*compiled, "optimizer")) {
      out.optimizer_class = SnakeCase(TextOf(*optimizer, "class_name"));
    }
  }
  return out;
}

}  // namespace regraft::keras
