#include "edit/units.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/try.h"
#include "checkpoint/owners.h"
#include "edit/before_writing.h"

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

Result<Written> WriteUnits(const std::string& prefix,
                           std::span<const CheckpointReader* const> readers,
                           std::vector<Unit> units, const std::string& object_graph,
                           const EditOptions& options,
                           const std::function<Status(const Unit&, CheckpointWriter&)>& write) {
  std::uint64_t done = 0, total = 0;
  for (const Unit& unit : units) total += unit.bytes;
  REGRAFT_CHECK(CheckDestination(prefix, readers, total));
  const std::vector<bool> starts = LayOut(units, options.shards);
  REGRAFT_TRY(CheckpointWriter writer, CheckpointWriter::Create(prefix, options.write));
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (options.stop.stop_requested()) return Fail(Cancelled());
    if (starts[i]) REGRAFT_CHECK(writer.StartShard());
    REGRAFT_CHECK(write(units[i], writer));
    done += units[i].bytes;
    if (options.progress) options.progress(done, total);
  }
  if (!object_graph.empty()) {
    REGRAFT_CHECK(writer.AddStrings(std::string(checkpoint::kObjectGraphKey), Shape(),
                                    std::span(&object_graph, 1)));
  }
  if (options.stop.stop_requested()) return Fail(Cancelled());
  return writer.Finish();
}

}  // namespace regraft::edit
