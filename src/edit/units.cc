#include "edit/units.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/try.h"
#include "classify/owners.h"
#include "edit/before_writing.h"
#include "find/formats.h"
#include "regraft/checkpoint.h"
#include "regraft/find.h"
#include "regraft/writer.h"

namespace regraft::edit {

std::vector<bool> LayOut(std::vector<Unit>& units, std::int32_t shards) {
  const auto place = [](const Unit& unit) {
    // What is empty stands where the next one begins, and in front of it.
    return std::tuple(unit.source, unit.shard, unit.order, unit.offset, unit.bytes, unit.entry,
                      unit.piece);
  };
  std::sort(units.begin(), units.end(),
            [&](const Unit& a, const Unit& b) { return place(a) < place(b); });
  std::vector<bool> starts(units.size(), false);
  if (units.empty()) return starts;
  if (shards == 0) {
    if (units.front().source != units.back().source) return starts;
    for (std::size_t i = 1; i < units.size(); ++i) starts[i] = units[i].shard != units[i - 1].shard;
    return starts;
  }
  std::uint64_t total = 0;
  for (const Unit& unit : units) total += unit.bytes;
  // A file ends with the unit that reaches its share of the whole. Each gets at least one.
  const auto count = static_cast<std::size_t>(shards);
  std::size_t file = 1;
  std::uint64_t done = units[0].bytes;
  for (std::size_t i = 1; i < units.size() && file < count; ++i) {
    const auto share = static_cast<std::uint64_t>(static_cast<long double>(total) *
                                                  static_cast<long double>(file) /
                                                  static_cast<long double>(count));
    if (done >= share || units.size() - i <= count - file) {
      starts[i] = true;
      ++file;
    }
    done += units[i].bytes;
  }
  return starts;
}

namespace {

// Tells the writer what comes, and brings the units into the order that it asks for.
Status Declare(const Content& content, CheckpointWriter& writer, std::vector<Unit>& units,
               std::vector<bool>& starts) {
  std::vector<std::size_t> entries;  // In the order of their first units.
  std::vector<bool> known(content.tensors.size(), false);
  std::vector<std::pair<std::string, TensorSpec>> tensors;
  for (const Unit& unit : units) {
    if (known[unit.entry]) continue;
    known[unit.entry] = true;
    entries.push_back(unit.entry);
    tensors.push_back(content.tensors[unit.entry]);
  }
  REGRAFT_TRY(const std::vector<std::size_t> order, writer.Declare(tensors));
  if (std::is_sorted(order.begin(), order.end())) return {};
  std::vector<std::size_t> rank(content.tensors.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[entries[order[i]]] = i;
  std::stable_sort(units.begin(), units.end(),
                   [&](const Unit& a, const Unit& b) { return rank[a.entry] < rank[b.entry]; });
  starts.assign(units.size(), false);
  return {};
}

}  // namespace

Result<Written> WriteUnits(const std::string& prefix,
                           std::span<const CheckpointReader* const> readers, const Content& content,
                           std::vector<Unit> units, const EditOptions& options,
                           const std::function<Status(const Unit&, CheckpointWriter&)>& write) {
  std::uint64_t done = 0, total = 0;
  for (const Unit& unit : units) total += unit.bytes;
  REGRAFT_CHECK(CheckDestination(prefix, readers, total));
  if (options.shards > 0 && !find::FormatToWrite(prefix).abilities.slices) {
    return Fail(Error(ErrorCode::kUnsupported, "edit/shards",
                      "files of this format are cut by their size and not into a number of parts")
                    .InFile(prefix)
                    .Hint("give the most bytes that a file may have"));
  }
  std::vector<bool> starts = LayOut(units, options.shards);
  REGRAFT_TRY(CheckpointWriter writer, CheckpointWriter::Create(prefix, options.write));
  writer.SetMetadata(content.metadata);
  REGRAFT_CHECK(Declare(content, writer, units, starts));
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (options.stop.stop_requested()) return Fail(Cancelled());
    if (starts[i]) REGRAFT_CHECK(writer.StartShard());
    REGRAFT_CHECK(write(units[i], writer));
    done += units[i].bytes;
    if (options.progress) options.progress(done, total);
  }
  if (!content.object_graph.empty()) {
    REGRAFT_CHECK(writer.AddStrings(std::string(classify::kObjectGraphKey), Shape(),
                                    std::span(&content.object_graph, 1)));
  }
  if (options.stop.stop_requested()) return Fail(Cancelled());
  return writer.Finish();
}

}  // namespace regraft::edit
