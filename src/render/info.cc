// A file at a glance.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "regraft/catalog.h"
#include "regraft/inspect.h"
#include "regraft/object_graph.h"
#include "regraft/render.h"
#include "regraft/tensor_map.h"
#include "regraft/text.h"
#include "render/documents.h"
#include "render/draw.h"
#include "render/json.h"

namespace regraft {
namespace render {
namespace {

constexpr std::size_t kChildren = 20;       // Unless all are asked for.
constexpr std::size_t kMetadataText = 200;  // Bytes of one.

std::string KindText(const Catalog& catalog) {
  const std::string_view kind = KindName(catalog);
  const std::string_view about = kind == "tf2-object" ? " (V2, with an object graph)"
                                 : kind == "tf1-name" ? " (V2, plain names)"
                                                      : "";
  return fmt::format("{}{}", kind, about);
}

// The objects right below the root.
std::vector<std::string> ChildrenOf(const ObjectGraph& graph, const TextOptions& options) {
  std::vector<std::string> names;
  for (const ObjectGraph::Edge& edge : graph.nodes()[0].children) names.push_back(edge.name);
  std::sort(names.begin(), names.end(), NaturalLess);
  if (!options.all && names.size() > kChildren) {
    const std::string more = fmt::format("and {} more ({})", names.size() - kChildren,
                                         Spelled({Option::kAll}, options.face));
    names.resize(kChildren);
    names.push_back(more);
  }
  return names;
}

// The sums by some property.
Table TableOf(const char* title, const std::vector<std::pair<std::string, Totals>>& rows) {
  Table table{.columns = {{.title = title, .least = 12},
                          {.title = "entries", .least = 8, .number = true},
                          {.title = "elements", .least = 10, .number = true},
                          {.title = "bytes", .least = 10, .number = true}},
              .titled = true};
  for (const auto& [name, sum] : rows) {
    table.rows.push_back({name, fmt::format("{}", sum.count),
                          CountText(static_cast<std::uint64_t>(sum.elements)),
                          BytesText(sum.bytes)});
  }
  return table;
}

// Maps are for what is stored; what a map has made is not asked again.
std::string PresetOf(const Catalog& catalog) {
  const bool made = std::any_of(catalog.entries.begin(), catalog.entries.end(),
                                [](const Entry& entry) { return !entry.made_of.empty(); });
  return made ? "" : PresetFor(catalog);
}

Json TotalsJson(const Totals& sum) {
  return {{"entries", sum.count}, {"elements", sum.elements}, {"bytes", sum.bytes}};
}

}  // namespace

Document InfoDocument(const CheckpointReader& reader, const TextOptions& options) {
  const Catalog& catalog = reader.catalog();
  Facts facts;
  const auto add = [&](std::string label, std::string text) {
    facts.facts.push_back({std::move(label), {std::move(text)}});
  };
  add("prefix", catalog.prefix);
  add("kind", KindText(catalog));
  for (const auto& [name, text] : reader.metadata()) {
    add("metadata", fmt::format("{} = {}", name, text.substr(0, kMetadataText)));
  }
  add("shards", fmt::format("{}{}", reader.num_files(), reader.big_endian() ? ", big-endian" : ""));
  std::uint64_t bytes = 0;
  for (const Entry& entry : catalog.entries) bytes += entry.bytes;
  add("entries", fmt::format("{}, {}", catalog.entries.size(), BytesText(bytes)));
  for (const Counter& counter : ReadCounters(reader))
    add("step", fmt::format("{} = {}", counter.name, counter.value));
  if (const ObjectGraph* graph = reader.object_graph()) {
    add("objects", fmt::format("{}", graph->nodes().size()));
    facts.facts.push_back({"top level", ChildrenOf(*graph, options)});
  } else if (catalog.graph_error) {
    add("objects", "unknown: the object graph cannot be read");
  }
  for (const std::string& path : catalog.hollow)
    add("hollow", fmt::format("{} (no value is stored below it)", path));

  std::vector<std::pair<std::string, Totals>> classes, dtypes;
  for (const auto& [cls, sum] : TotalsByClass(catalog)) classes.emplace_back(ClassName(cls), sum);
  for (const auto& [dtype, sum] : TotalsByDtype(catalog)) dtypes.emplace_back(dtype, sum);
  if (const std::string preset = PresetOf(catalog); !preset.empty()) {
    add("fits", Spelled({Option::kPreset, preset}, options.face));
  }
  Document document;
  document.Add(std::move(facts));
  document.Add(TableOf("class", classes));
  document.Add(TableOf("type", dtypes));
  return document;
}

}  // namespace render

std::string InfoText(const CheckpointReader& reader, const TextOptions& options) {
  return render::Draw(render::InfoDocument(reader, options), options);
}

std::string InfoJson(const CheckpointReader& reader) {
  const Catalog& catalog = reader.catalog();
  render::Json root = {{"schema", "regraft.info/1"},        {"prefix", JsonText(catalog.prefix)},
                       {"kind", KindName(catalog)},         {"shards", reader.num_files()},
                       {"big_endian", reader.big_endian()}, {"entries", catalog.entries.size()},
                       {"fingerprint", catalog.fingerprint}};
  for (const auto& [cls, sum] : TotalsByClass(catalog))
    root["classes"][std::string(ClassName(cls).substr(1))] = render::TotalsJson(sum);
  for (const auto& [dtype, sum] : TotalsByDtype(catalog))
    root["dtypes"][dtype] = render::TotalsJson(sum);
  root["steps"] = render::Json::object();
  for (const Counter& counter : ReadCounters(reader))
    root["steps"][JsonText(counter.name)] = counter.value;
  if (const std::string preset = render::PresetOf(catalog); !preset.empty()) {
    root["preset"] = preset;
  }
  root["hollow"] = render::TextsJson(catalog.hollow);
  return render::Dump(root);
}

}  // namespace regraft
