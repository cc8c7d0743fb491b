#include "formats/tfjs/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"

namespace regraft::tfjs {
namespace {

using Json = nlohmann::json;

struct TypeName {
  std::string_view name;
  DType dtype;
};
constexpr std::array kTypes = {
    TypeName{"float32", DType::kFloat32}, TypeName{"int32", DType::kInt32},
    TypeName{"uint8", DType::kUint8},     TypeName{"uint16", DType::kUint16},
    TypeName{"bool", DType::kBool},       TypeName{"complex64", DType::kComplex64},
    TypeName{"string", DType::kString}};
constexpr std::array kQuantized = {TypeName{"uint8", DType::kUint8},
                                   TypeName{"uint16", DType::kUint16},
                                   TypeName{"float16", DType::kFloat16}};

template <typename Types>
std::optional<DType> Find(const Types& types, std::string_view name) {
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const TypeName& t) { return t.name == name; });
  return found == types.end() ? std::nullopt : std::optional(found->dtype);
}

Error Bad(std::string message) {
  return Error(ErrorCode::kCorrupt, "tfjs/bad-manifest", std::move(message));
}

// Null if the object has no such field.
const Json* Field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::string> Text(const Json& object, const char* name) {
  const Json* field = Field(object, name);
  if (field != nullptr && field->is_string()) return field->get<std::string>();
  return Fail(Bad(fmt::format("a weight has no '{}' that is text", name)));
}

Result<Shape> ShapeOf(const Json& weight) {
  const Json* dims = Field(weight, "shape");
  if (dims == nullptr || !dims->is_array()) return Fail(Bad("it has no shape"));
  std::vector<std::int64_t> out;
  for (const Json& dim : *dims) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!dim.is_number_unsigned() || dim.get<std::uint64_t>() > kMost) {
      return Fail(Bad("its shape has what is no number of elements"));
    }
    out.push_back(dim.get<std::int64_t>());
  }
  return Shape::Make(std::move(out));
}

// What is stored for the values of `dtype`, and how to get back to these.
Status Quantize(const Json& quantization, DType dtype, Weight& weight) {
  if (!quantization.is_object()) return Fail(Bad("its quantization is no object"));
  REGRAFT_TRY(const std::string name, Text(quantization, "dtype"));
  const auto stored = Find(kQuantized, name);
  const bool is_float = dtype == DType::kFloat32;
  if (!stored || (!is_float && (dtype != DType::kInt32 || *stored == DType::kFloat16))) {
    return Fail(Error(ErrorCode::kUnsupported, "tfjs/dtype",
                      fmt::format("{} that is quantised as '{}' is not known", DTypeName(dtype),
                                  Printable(name))));
  }
  weight.spec.dtype = *stored;
  if (*stored == DType::kFloat16) {
    weight.quantization = "float16 for float32";
    return {};
  }
  const Json* scale = Field(quantization, "scale");
  const Json* min = Field(quantization, "min");
  if (scale == nullptr || !scale->is_number() || min == nullptr || !min->is_number()) {
    return Fail(Bad("its quantization has no numbers scale and min"));
  }
  weight.quantization = fmt::format("{} = {} * {} + {}", DTypeName(dtype), name,
                                    scale->get<double>(), min->get<double>());
  return {};
}

Result<Weight> WeightOf(const Json& json) {
  if (!json.is_object()) return Fail(Bad("a weight is no object"));
  Weight weight;
  REGRAFT_TRY(weight.name, Text(json, "name"));
  const auto read = [&]() -> Status {
    REGRAFT_TRY(const std::string name, Text(json, "dtype"));
    const auto dtype = Find(kTypes, name);
    if (!dtype) {
      return Fail(Error(ErrorCode::kUnsupported, "tfjs/dtype",
                        fmt::format("the type '{}' is not one of TF.js, so nothing tells where the "
                                    "weights behind it are",
                                    Printable(name))));
    }
    weight.spec.dtype = *dtype;
    REGRAFT_TRY(weight.spec.shape, ShapeOf(json));
    const Json* quantization = Field(json, "quantization");
    if (quantization != nullptr) REGRAFT_CHECK(Quantize(*quantization, *dtype, weight));
    return weight.spec.Bytes().map([](std::uint64_t) {});
  }();
  if (!read) return Fail(Error(read.error()).ForKey(weight.name));
  return weight;
}

// A path that leads elsewhere could read what nobody has asked for.
bool LeadsElsewhere(std::string_view path) {
  if (path.find_first_of("\\:") != std::string_view::npos || path.find('\0') != path.npos) {
    return true;
  }
  const std::vector<std::string_view> parts = Split(path, '/');
  return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

Result<Group> GroupOf(const Json& json) {
  const Json* paths = json.is_object() ? Field(json, "paths") : nullptr;
  const Json* weights = json.is_object() ? Field(json, "weights") : nullptr;
  if (paths == nullptr || !paths->is_array() || weights == nullptr || !weights->is_array()) {
    return Fail(Bad("a group is no object with lists of paths and weights"));
  }
  Group group;
  for (const Json& path : *paths) {
    if (!path.is_string()) return Fail(Bad("a path is no text"));
    group.paths.push_back(path.get<std::string>());
    if (LeadsElsewhere(group.paths.back())) {
      return Fail(Bad(fmt::format("'{}' is not the name of a file beside the manifest",
                                  Printable(group.paths.back()))));
    }
  }
  for (const Json& weight : *weights) {
    REGRAFT_TRY(group.weights.emplace_back(), WeightOf(weight));
  }
  return group;
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Fail(Bad("it is no JSON"));
  Manifest out;
  const Json* groups = &json;
  if (json.is_object()) {
    groups = Field(json, "weightsManifest");
    for (const char* name : {"format", "generatedBy", "convertedBy"}) {
      const Json* field = Field(json, name);
      if (field != nullptr && field->is_string()) out.metadata[name] = field->get<std::string>();
    }
  }
  if (groups == nullptr || !groups->is_array()) return Fail(Bad("it has no list of weight groups"));
  std::set<std::string_view> names;
  for (const Json& each : *groups) {
    REGRAFT_TRY(out.groups.emplace_back(), GroupOf(each));
  }
  for (const Group& group : out.groups) {
    for (const Weight& weight : group.weights) {
      if (names.insert(weight.name).second) continue;
      return Fail(Error(ErrorCode::kCorrupt, "tfjs/twice", "two weights have this name")
                      .ForKey(weight.name));
    }
  }
  return out;
}

}  // namespace regraft::tfjs
