#include "select/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "io/sha256.h"
#include "regraft/plan.h"
#include "regraft/select.h"
#include "select/names.h"

namespace regraft {
namespace select {

std::string WithoutRoot(std::string_view path) {
  const std::size_t first = path.find('/');
  if (first == std::string_view::npos) return "";
  const std::string_view rest = path.substr(first + 1);
  return rest.find('/') == std::string_view::npos ? "" : std::string(rest);
}

}  // namespace select

namespace {

tl::unexpected<Error> BadList(std::string why) {
  return Fail(Error(ErrorCode::kInvalidArgument, "select/bad-target-list",
                    fmt::format("the target list cannot be used: {}", why))
                  .Hint(R"([{"name": "dense/kernel", "dtype": "float32", "shape": [10, 64]}, …])"));
}

void AddBelowRoot(const std::string& path, Target& target) {
  for (std::string candidate : {path, select::WithoutRoot(path)}) {
    if (!candidate.empty() && std::find(target.below_root.begin(), target.below_root.end(),
                                        candidate) == target.below_root.end()) {
      target.below_root.push_back(std::move(candidate));
    }
  }
}

}  // namespace

std::vector<Target> TargetsFrom(const Catalog& catalog) {
  std::vector<Target> targets;
  for (const Entry& entry : catalog.entries) {
    if (entry.cls == EntryClass::kMeta) continue;
    Target target;
    target.name = select::ShortKey(entry.key);
    target.key = entry.key;
    target.paths = entry.paths;
    target.full_name = entry.full_name;
    target.spec = entry.spec;
    target.cls = entry.cls;
    for (const std::string& path : entry.paths) AddBelowRoot(path, target);
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<std::vector<Target>> TargetsFromJson(std::string_view text) {
  using Json = nlohmann::json;
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
  if (root.is_discarded()) return BadList("it is not valid JSON");
  if (!root.is_array()) return BadList("it is not a JSON list");
  std::vector<Target> targets;
  for (std::size_t i = 0; i < root.size(); ++i) {
    const Json& item = root[i];
    const auto bad = [&](std::string_view why) {
      return BadList(fmt::format("element {} {}", i, why));
    };
    if (!item.is_object() || !item.contains("name") || !item["name"].is_string()) {
      return bad("has no \"name\"");
    }
    std::string name = item["name"].get<std::string>();
    if (name.ends_with(":0")) name.resize(name.size() - 2);
    if (name.empty()) return bad("has an empty name");
    if (!item.contains("dtype") || !item["dtype"].is_string()) {
      return bad(fmt::format("('{}') has no \"dtype\"", name));
    }
    const std::string dtype_name = item["dtype"].get<std::string>();
    const std::optional<DType> dtype = ParseDType(dtype_name);
    if (!dtype) return bad(fmt::format("('{}') has the unknown dtype '{}'", name, dtype_name));
    if (!item.contains("shape") || !item["shape"].is_array()) {
      return bad(fmt::format("('{}') has no \"shape\"", name));
    }
    std::vector<std::int64_t> dims;
    for (const Json& dim : item["shape"]) {
      if (!dim.is_number_integer()) return bad(fmt::format("('{}') has a shape with a non-integer", name));
      dims.push_back(dim.get<std::int64_t>());
    }
    Result<Shape> shape = Shape::Make(std::move(dims));
    if (!shape) return bad(fmt::format("('{}'): {}", name, shape.error().message));
    Target target;
    target.name = name;
    target.key = name;
    target.paths = {std::string(select::ShortKey(name))};
    target.full_name = name;
    target.spec = {*dtype, *std::move(shape)};
    AddBelowRoot(target.paths[0], target);
    targets.push_back(std::move(target));
  }
  return targets;
}

std::string FingerprintOf(std::span<const Target> targets) {
  std::vector<std::string> lines;
  for (const Target& target : targets) {
    // Lengths keep two different lists of names from looking alike.
    std::string line = fmt::format("{}:{}{}", target.name.size(), target.name, target.spec.ToString());
    for (const std::string& text : {target.key, target.full_name, target.mapped_from}) {
      line += fmt::format("|{}:{}", text.size(), text);
    }
    for (const auto* list : {&target.paths, &target.below_root}) {
      std::vector<std::string> sorted = *list;
      std::sort(sorted.begin(), sorted.end());
      for (const std::string& text : sorted) line += fmt::format(",{}:{}", text.size(), text);
      line += ';';
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  io::Sha256 digest;
  for (const std::string& line : lines) {
    digest.Update(std::as_bytes(std::span(line)));
    digest.Update(std::as_bytes(std::span("\n", 1)));
  }
  return digest.Hex();
}

}  // namespace regraft
