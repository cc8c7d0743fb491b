#include "formats/keras/config.h"

#include <nlohmann/json.hpp>

#include "formats/keras/places.h"

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

std::vector<std::string> AddLayers(const Json& config, const std::string& place, ModelConfig& out);

void AddLayer(const Json& layer, const std::string& place, ModelConfig& out) {
  LayerConfig known;
  known.snake_class = SnakeCase(TextOf(layer, "class_name"));
  const std::string module = TextOf(layer, "module");
  known.of_keras = module == "keras.layers" || module == "keras.src.models.sequential";
  known.name = TextOf(layer, "name");
  if (const Json* const config = ObjectOf(layer, "config")) {
    if (const std::string name = TextOf(*config, "name"); !name.empty()) known.name = name;
    known.options = {FlagOf(*config, "scale"), FlagOf(*config, "center")};
    known.trainable = FlagOf(*config, "trainable").value_or(true);
    known.members = AddLayers(*config, place, out);
    known.is_model = !known.members.empty();
    // Of a wrapper: the layer that it wraps.
    if (const Json* const inner = ObjectOf(*config, "layer")) {
      const bool both = known.snake_class == "bidirectional";
      for (const char* edge : {both ? "forward_layer" : "layer", both ? "backward_layer" : ""}) {
        if (*edge == '\0') continue;
        AddLayer(*inner, place + '/' + edge, out);
        known.members.push_back(place + '/' + edge);
        // Variables do not always have its name in theirs; where they do, the file has it, too.
        out.layers[place + '/' + edge].name.clear();
      }
    }
  }
  out.layers.emplace(place, std::move(known));
}

std::vector<std::string> AddLayers(const Json& config, const std::string& place, ModelConfig& out) {
  std::vector<std::string> members;
  const auto layers = config.find("layers");
  if (layers == config.end() || !layers->is_array()) return members;
  std::map<std::string, std::size_t> counts;
  for (const Json& layer : *layers) {
    if (!layer.is_object()) continue;
    const std::string snake = SnakeCase(TextOf(layer, "class_name"));
    const std::size_t number = counts[snake]++;
    std::string own = place.empty() ? "layers/" : place + "/layers/";
    own += snake;
    if (number > 0) own += '_' + std::to_string(number);
    AddLayer(layer, own, out);
    members.push_back(std::move(own));
  }
  return members;
}

OptimizerConfig OptimizerOf(const Json& optimizer) {
  OptimizerConfig out;
  out.snake_class = SnakeCase(TextOf(optimizer, "class_name"));
  const Json* const config = ObjectOf(optimizer, "config");
  if (config == nullptr) return out;
  const auto is_positive = [&](const char* key) {
    const auto found = config->find(key);
    return found != config->end() && found->is_number() && found->get<double>() > 0;
  };
  out.name = TextOf(*config, "name");
  out.has_momentum = is_positive("momentum");
  out.amsgrad = FlagOf(*config, "amsgrad").value_or(false);
  out.centered = FlagOf(*config, "centered").value_or(false);
  out.averages = FlagOf(*config, "use_ema").value_or(false);
  out.accumulates = is_positive("gradient_accumulation_steps");
  return out;
}

}  // namespace

const LayerConfig* ModelConfig::At(std::string_view place) const {
  const auto found = layers.find(AsNow(place));
  return found == layers.end() ? nullptr : &found->second;
}

ModelConfig ReadConfig(std::string_view json) {
  ModelConfig out;
  if (json.size() > kMostBytes || IsTooDeep(json)) return out;
  const Json model = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!model.is_object()) return out;
  out.readable = true;
  if (const Json* const config = ObjectOf(model, "config"))
    out.members = AddLayers(*config, "", out);
  if (const Json* const compiled = ObjectOf(model, "compile_config")) {
    if (const Json* const optimizer = ObjectOf(*compiled, "optimizer")) {
      out.optimizer = OptimizerOf(*optimizer);
      const Json* const of_it = ObjectOf(*optimizer, "config");
      const Json* const inner = of_it ? ObjectOf(*of_it, "inner_optimizer") : nullptr;
      if (inner != nullptr) out.inner_optimizer = OptimizerOf(*inner);
    }
  }
  return out;
}

}  // namespace regraft::keras
