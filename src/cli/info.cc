#include <fmt/format.h>
#include <regraft/inspect.h>
#include <regraft/text.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "source.h"
#include "verb.h"

namespace regraft::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Step {
  std::string name;
  std::string value;
};

// Counters of steps, read: what people look for first.
std::vector<Step> StepsOf(const CheckpointReader& reader) {
  std::vector<Step> steps;
  for (const Entry& entry : reader.entries()) {
    const bool counter = entry.cls == EntryClass::kStep || entry.key.ends_with("save_counter/.ATTRIBUTES/VARIABLE_VALUE");
    const Result<std::uint64_t> bytes = entry.spec.Bytes();
    if (!counter || !bytes || *bytes == 0 || *bytes > 8) continue;
    std::byte value[8];
    const std::span<std::byte> out(value, *bytes);
    // A damaged counter is no reason to show nothing else.
    const std::string text = reader.Read(entry, out) ? ElementText(entry.spec.dtype, out) : "unreadable";
    steps.push_back({entry.paths.empty() ? entry.key : entry.paths[0], text});
  }
  return steps;
}

Json ToJson(const CheckpointReader& reader) {
  const auto totals = [](const Totals& t) {
    return Json{{"entries", t.count}, {"elements", t.elements}, {"bytes", t.bytes}};
  };
  Json root = {{"schema", "regraft.info/1"}, {"prefix", reader.prefix()}, {"kind", KindName(reader.kind())},
               {"shards", reader.num_shards()}, {"big_endian", reader.big_endian()},
               {"entries", reader.entries().size()}, {"fingerprint", reader.catalog().fingerprint}};
  for (const auto& [cls, sum] : TotalsByClass(reader.catalog())) root["classes"][std::string(ClassName(cls).substr(1))] = totals(sum);
  for (const auto& [dtype, sum] : TotalsByDtype(reader.catalog())) root["dtypes"][dtype] = totals(sum);
  root["steps"] = Json::object();
  for (const Step& step : StepsOf(reader)) root["steps"][step.name] = step.value;
  root["hollow"] = reader.catalog().hollow;
  return root;
}

void Row(std::string& out, std::string_view label, std::string_view text) {
  out += fmt::format("{:<12} {}\n", label, text);
}

std::string ToText(const CheckpointReader& reader) {
  std::string out;
  std::uint64_t bytes = 0;
  for (const Entry& entry : reader.entries()) bytes += entry.bytes;
  Row(out, "prefix", Printable(reader.prefix()));
  Row(out, "kind", KindName(reader.kind()) == "tf2-object" ? "tf2-object (V2, with an object graph)" : "tf1-name (V2, plain names)");
  Row(out, "shards", fmt::format("{}{}", reader.num_shards(), reader.big_endian() ? ", big-endian" : ""));
  Row(out, "entries", fmt::format("{}, {}", reader.entries().size(), BytesText(bytes)));
  const auto sums = [](const Totals& t) {
    return fmt::format("{:>6} {:<8} {:>9} elements {:>10}", t.count, t.count == 1 ? "entry," : "entries,",
                       CountText(static_cast<std::uint64_t>(t.elements)), BytesText(t.bytes));
  };
  for (const auto& [cls, sum] : TotalsByClass(reader.catalog())) Row(out, ClassName(cls), sums(sum));
  for (const auto& [dtype, sum] : TotalsByDtype(reader.catalog())) Row(out, dtype, sums(sum));
  for (const Step& step : StepsOf(reader)) Row(out, "step", fmt::format("{} = {}", Printable(step.name), step.value));
  if (const ObjectGraph* graph = reader.object_graph()) {
    std::string children;
    for (const ObjectGraph::Edge& edge : graph->nodes()[0].children) {
      children += (children.empty() ? "" : ", ") + Printable(edge.name);
    }
    Row(out, "objects", fmt::format("{}; below the root: {}", graph->nodes().size(), children));
  }
  for (const std::string& path : reader.catalog().hollow) {
    Row(out, "hollow", fmt::format("{} (no value is stored below it)", Printable(path)));
  }
  return out;
}

int Run(const std::string& source, const Terminal& terminal) {
  Result<CheckpointReader> reader = OpenSource(source, terminal);
  if (!reader) return terminal.Fail(reader.error());
  terminal.Print(terminal.json ? ToJson(*reader).dump(1, ' ', false, Json::error_handler_t::replace) + "\n" : ToText(*reader));
  return 0;
}

}  // namespace

std::function<int()> SetupInfo(CLI::App& app, const Terminal& terminal) {
  auto source = std::make_shared<std::string>();
  app.add_option("SRC", *source, "checkpoint, in any form (regraft help paths)")->required();
  return [source, &terminal] { return Run(*source, terminal); };
}

}  // namespace regraft::cli
