#include "regraft/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "digest/sha256.h"
#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/key.h"
#include "regraft/plan.h"
#include "select/names.h"
#include "select/select.h"

namespace regraft {
namespace {

tl::unexpected<Error> BadList(std::string why) {
  return Fail(Error(ErrorCode::kInvalidArgument, "select/bad-target-list",
                    fmt::format("the target list cannot be used: {}", why))
                  .Hint(R"([{"name": "dense/kernel", "dtype": "float32", "shape": [10, 64]}, …])"));
}

const Entry* Find(const Catalog& catalog, std::string_view key) {
  const auto at = std::lower_bound(catalog.entries.begin(), catalog.entries.end(), key,
                                   [](const Entry& e, std::string_view k) { return e.key < k; });
  return at != catalog.entries.end() && at->key == key ? &*at : nullptr;
}

}  // namespace

std::vector<Target> TargetsFrom(const Catalog& catalog) {
  std::vector<Target> targets;
  for (const Entry& entry : catalog.entries) {
    if (entry.cls == EntryClass::kMeta) continue;
    Target target = select::AsTarget(entry);
    target.root = RootPart::kPerhaps;
    target.slot = entry.slot;
    target.optimizer = entry.optimizer;
    if (const Entry* variable = Find(catalog, entry.slot_of)) target.slot_of = variable->name;
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<std::vector<Target>> TargetsFromJson(std::string_view text) {
  using Json = nlohmann::json;
  const Json root =
      Json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
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
      if (!dim.is_number_integer())
        return bad(fmt::format("('{}') has a shape with a non-integer", name));
      dims.push_back(dim.get<std::int64_t>());
    }
    Result<Shape> shape = Shape::Make(std::move(dims));
    if (!shape) return bad(fmt::format("('{}'): {}", name, shape.error().message));
    Target target;
    target.name = name;
    target.key = name;
    target.paths = {std::string(ShortKey(name))};
    target.full_name = name;
    target.spec = {*dtype, *std::move(shape)};
    target.root = RootPart::kPerhaps;
    targets.push_back(std::move(target));
  }
  return targets;
}

std::string FingerprintOf(std::span<const Target> targets) {
  std::vector<std::string> lines;
  lines.reserve(targets.size());
  for (const Target& target : targets) {
    // Lengths keep two different lists of names from looking alike.
    std::string line;
    const auto add = [&line](std::string_view before, std::string_view text) {
      line.append(before).append(std::to_string(text.size())).append(":").append(text);
    };
    add("", target.name);
    line += target.spec.ToString();
    for (const std::string* const text : {&target.key, &target.full_name, &target.mapped_from,
                                          &target.slot, &target.slot_of, &target.optimizer}) {
      add("|", *text);
    }
    std::vector<std::string_view> paths(target.paths.begin(), target.paths.end());
    std::sort(paths.begin(), paths.end());
    for (const std::string_view path : paths) add(",", path);
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  digest::Sha256 digest;
  for (const std::string& line : lines) {
    digest.Update(std::as_bytes(std::span(line)));
    digest.Update(std::as_bytes(std::span("\n", 1)));
  }
  return digest.Hex();
}

}  // namespace regraft
