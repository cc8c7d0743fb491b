#include <fmt/format.h>
#include <regraft/catalog.h>
#include <regraft/checkpoint.h>
#include <regraft/elements.h>
#include <regraft/entry.h>
#include <regraft/inspect.h>
#include <regraft/key.h>
#include <regraft/text.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "leftovers.h"
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
    const bool counter = entry.cls == EntryClass::kStep || entry.key.ends_with(kSaveCounterKey);
    const Result<std::uint64_t> bytes = entry.spec.Bytes();
    if (!counter || !bytes || *bytes == 0 || *bytes > 8) continue;
    std::byte value[8];
    const std::span<std::byte> out(value, *bytes);
    // A damaged counter is no reason to show nothing else.
    const std::string text =
        reader.Read(entry, out) ? ElementText(entry.spec.dtype, out) : "unreadable";
    steps.push_back({entry.name, text});
  }
  return steps;
}

Json ToJson(const CheckpointReader& reader) {
  const auto totals = [](const Totals& t) {
    return Json{{"entries", t.count}, {"elements", t.elements}, {"bytes", t.bytes}};
  };
  Json root = {{"schema", "regraft.info/1"},
               {"prefix", reader.prefix()},
               {"kind", KindName(reader.catalog())},
               {"shards", reader.num_shards()},
               {"big_endian", reader.big_endian()},
               {"entries", reader.entries().size()},
               {"fingerprint", reader.catalog().fingerprint}};
  for (const auto& [cls, sum] : TotalsByClass(reader.catalog()))
    root["classes"][std::string(ClassName(cls).substr(1))] = totals(sum);
  for (const auto& [dtype, sum] : TotalsByDtype(reader.catalog()))
    root["dtypes"][dtype] = totals(sum);
  root["steps"] = Json::object();
  for (const Step& step : StepsOf(reader)) root["steps"][step.name] = step.value;
  root["hollow"] = reader.catalog().hollow;
  return root;
}

constexpr std::size_t kLabel = 12;

void Row(std::string& out, std::string_view label, std::string_view text) {
  out += fmt::format("{:<{}} {}\n", label, kLabel, text);
}

// A row of words, on as many lines as they take.
void Row(std::string& out, std::string_view label, const std::vector<std::string>& words,
         std::size_t width) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty() && kLabel + 1 + line.size() + 1 + word.size() > width) {
      Row(out, label, line);
      label = "";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  Row(out, label, line);
}

// The sums by some property, under a head.
void Table(std::string& out, const char* head,
           const std::vector<std::pair<std::string, Totals>>& rows) {
  std::size_t width = kLabel;
  for (const auto& [name, sum] : rows) width = std::max(width, name.size());
  out += fmt::format("\n{:<{}} {:>8} {:>10} {:>10}\n", head, width, "entries", "elements", "bytes");
  for (const auto& [name, sum] : rows) {
    out += fmt::format("{:<{}} {:>8} {:>10} {:>10}\n", name, width, sum.count,
                       CountText(static_cast<std::uint64_t>(sum.elements)), BytesText(sum.bytes));
  }
}

// The objects right below the root.
std::vector<std::string> ChildrenOf(const ObjectGraph& graph, const Terminal& terminal) {
  constexpr std::size_t kMost = 20;
  std::vector<std::string> names;
  for (const ObjectGraph::Edge& edge : graph.nodes()[0].children)
    names.push_back(Printable(edge.name));
  std::sort(names.begin(), names.end(), NaturalLess);
  if (!terminal.all && names.size() > kMost) {
    const std::string more = fmt::format("and {} more (--all)", names.size() - kMost);
    names.resize(kMost);
    names.push_back(more);
  }
  return names;
}

std::string ToText(const CheckpointReader& reader, const Terminal& terminal) {
  std::string out;
  std::vector<std::pair<std::string, Totals>> classes, dtypes;
  for (const auto& [cls, sum] : TotalsByClass(reader.catalog()))
    classes.emplace_back(ClassName(cls), sum);
  for (const auto& [dtype, sum] : TotalsByDtype(reader.catalog())) dtypes.emplace_back(dtype, sum);
  std::uint64_t bytes = 0;
  for (const Entry& entry : reader.entries()) bytes += entry.bytes;
  Row(out, "prefix", Printable(reader.prefix()));
  const std::string_view kind = KindName(reader.catalog());
  const std::string_view about = kind == "tf2-object" ? " (V2, with an object graph)"
                                 : kind == "tf1-name" ? " (V2, plain names)"
                                                      : "";
  Row(out, "kind", fmt::format("{}{}", kind, about));
  for (const auto& [name, text] : reader.metadata()) {
    Row(out, "metadata", fmt::format("{} = {}", Printable(name), Printable(text.substr(0, 200))));
  }
  Row(out, "shards",
      fmt::format("{}{}", reader.num_shards(), reader.big_endian() ? ", big-endian" : ""));
  Row(out, "entries", fmt::format("{}, {}", reader.entries().size(), BytesText(bytes)));
  for (const Step& step : StepsOf(reader))
    Row(out, "step", fmt::format("{} = {}", Printable(step.name), step.value));
  if (const ObjectGraph* graph = reader.object_graph()) {
    Row(out, "objects", fmt::format("{}", graph->nodes().size()));
    Row(out, "top level", ChildrenOf(*graph, terminal), terminal.text().width);
  } else if (reader.catalog().graph_error) {
    Row(out, "objects", "unknown: the object graph cannot be read");
  }
  for (const std::string& path : reader.catalog().hollow) {
    Row(out, "hollow", fmt::format("{} (no value is stored below it)", Printable(path)));
  }
  Table(out, "class", classes);
  Table(out, "type", dtypes);
  return out;
}

int Run(const std::string& source, const Terminal& terminal) {
  Result<CheckpointReader> reader = OpenSource(source, terminal);
  if (!reader) return terminal.Fail(reader.error());
  NoteLeftovers(FolderOf(reader->prefix()), terminal);
  terminal.Print(terminal.json
                     ? ToJson(*reader).dump(1, ' ', false, Json::error_handler_t::replace) + "\n"
                     : ToText(*reader, terminal));
  return 0;
}

}  // namespace

std::function<int()> SetupInfo(CLI::App& app, const Terminal& terminal) {
  auto source = std::make_shared<std::string>();
  app.add_option("SRC", *source, "checkpoint, in any form (regraft help paths)")->required();
  return [source, &terminal] { return Run(*source, terminal); };
}

}  // namespace regraft::cli
