#include "edit/units.h"

#include <algorithm>
#include <utility>

#include "base/progress.h"
#include "base/run_limits.h"
#include "base/try.h"
#include "classify/owners.h"
#include "edit/before_writing.h"
#include "edit/cast_entry.h"
#include "find/formats.h"
#include "regraft/checkpoint.h"
#include "regraft/find.h"
#include "regraft/writer.h"
#include "restore/engine.h"

namespace regraft::edit {

using restore::Schedule;
using restore::Step;

std::vector<bool> LayOut(const Schedule& schedule, std::int32_t shards) {
  const std::span<const Step> steps = schedule.steps();
  std::vector<bool> starts(steps.size(), false);
  if (steps.empty()) return starts;
  if (shards > 0) {
    for (const std::size_t fence : schedule.Fences(static_cast<std::size_t>(shards))) {
      if (fence > 0 && fence < steps.size()) starts[fence] = true;
    }
    return starts;
  }
  if (steps.front().source != steps.back().source) return starts;
  for (std::size_t i = 1; i < steps.size(); ++i) starts[i] = steps[i].file != steps[i - 1].file;
  return starts;
}

namespace {

// Steps in the order of writing, and before which of them a new data file begins.
struct Order {
  std::vector<Step> steps;
  std::vector<bool> starts;
};

std::size_t PlaceOf(const Step& step) { return step.uses.front().place; }

// Tells the writer what comes, and brings the steps into the order that it asks for.
Status Declare(const Content& content, CheckpointWriter& writer, Order& order) {
  std::vector<std::size_t> entries;  // In the order of their first steps.
  std::vector<bool> known(content.tensors.size(), false);
  std::vector<std::pair<std::string, TensorSpec>> tensors;
  for (const Step& step : order.steps) {
    const std::size_t entry = PlaceOf(step);
    if (known[entry]) continue;
    known[entry] = true;
    entries.push_back(entry);
    tensors.push_back(content.tensors[entry]);
  }
  REGRAFT_TRY(const std::vector<std::size_t> wished, writer.Declare(tensors));
  if (std::is_sorted(wished.begin(), wished.end())) return {};
  std::vector<std::size_t> rank(content.tensors.size());
  for (std::size_t i = 0; i < wished.size(); ++i) rank[entries[wished[i]]] = i;
  std::stable_sort(order.steps.begin(), order.steps.end(), [&](const Step& a, const Step& b) {
    return rank[PlaceOf(a)] < rank[PlaceOf(b)];
  });
  order.starts.assign(order.steps.size(), false);
  return {};
}

// Writes steps in order, with what is made ahead of it.
class Writing {
 public:
  Writing(const Order& order, const EditOptions& options, StepWriter& writing,
          CheckpointWriter& writer, Progress& progress)
      : order_(order),
        run_(options.run),
        writing_(writing),
        writer_(writer),
        progress_(progress),
        made_(order.steps.size()) {}

  Status Run() {
    for (const Step& step : order_.steps) how_.push_back(writing_.HowToMake(step));
    // Of what is larger, as of what is alone, the parts are better shared by the threads.
    const std::uint64_t most = MemoryOf(run_) / 2;
    std::vector<std::uint64_t> costs;
    for (const std::optional<Making>& how : how_) {
      const std::uint64_t cost = how ? std::max<std::uint64_t>(CostOf(*how), 1) : 0;
      costs.push_back(cost > most || (how && HasManyParts(*how)) ? 0 : cost);
    }
    if (std::ranges::count_if(costs, [](std::uint64_t cost) { return cost > 0; }) == 1) {
      std::ranges::fill(costs, 0);
    }
    return restore::InOrder(
        order_.steps.size(), run_, [&](std::size_t i) { return costs[i]; },
        [&](std::size_t i) { MakeAhead(i); }, [&](std::size_t i) { return Write(i); });
  }

 private:
  // Then the threads end together though no part is held for long.
  bool HasManyParts(const Making& how) const {
    return how.streams() && how.entry->bytes / kCastPart >= 4 * ThreadsOf(run_);
  }

  void MakeAhead(std::size_t i) {
    if (run_.stop.stop_requested()) return;
    RunOptions alone;
    alone.threads = 1;
    alone.stop = run_.stop;
    made_[i].emplace(Make(*how_[i], alone));
  }

  Status Write(std::size_t i) {
    const Step& step = order_.steps[i];
    if (run_.stop.stop_requested()) return Fail(Cancelled());
    if (order_.starts[i]) REGRAFT_CHECK(writer_.StartShard());
    Made* made = nullptr;
    if (made_[i]) {
      if (!*made_[i]) return Fail(std::move(*made_[i]).error());
      made = &**made_[i];
    }
    Status written = writing_.Write(step, made, writer_);
    made_[i].reset();
    if (!written && run_.stop.stop_requested()) return Fail(Cancelled());
    if (written) progress_.Add(step.bytes);
    return written;
  }

  const Order& order_;
  const RunOptions& run_;
  StepWriter& writing_;
  CheckpointWriter& writer_;
  Progress& progress_;
  std::vector<std::optional<Making>> how_;
  std::vector<std::optional<Result<Made>>> made_;
};

}  // namespace

Result<Written> WriteSteps(const std::string& prefix,
                           std::span<const CheckpointReader* const> readers, const Content& content,
                           const Schedule& schedule, const EditOptions& options,
                           StepWriter& writing) {
  REGRAFT_CHECK(CheckDestination(content.like != nullptr ? prefix : MainFileOf(prefix), readers,
                                 schedule.bytes()));
  const bool laid_out =
      options.shards > 0 || options.write.max_shard_bytes > 0 || options.write.data_alignment > 1;
  if (content.like != nullptr && laid_out) {
    return Fail(Error(ErrorCode::kUnsupported, "edit/shards",
                      "everything stands where the file that is copied has it")
                    .InFile(prefix)
                    .Hint("leave out what would lay it out anew"));
  }
  if (options.shards > 0 && !find::FormatToWrite(prefix).abilities.slices) {
    return Fail(Error(ErrorCode::kUnsupported, "edit/shards",
                      "files of this format are cut by their size and not into a number of parts")
                    .InFile(prefix)
                    .Hint("give the most bytes that a file may have"));
  }
  Order order{{schedule.steps().begin(), schedule.steps().end()}, LayOut(schedule, options.shards)};
  REGRAFT_TRY(CheckpointWriter writer,
              content.like != nullptr
                  ? CheckpointWriter::CreateLike(*content.like, prefix, options.write)
                  : CheckpointWriter::Create(prefix, options.write));
  writer.SetMetadata(content.metadata);
  REGRAFT_CHECK(Declare(content, writer, order));
  Progress progress(options.run.progress, schedule.bytes());
  REGRAFT_CHECK(Writing(order, options, writing, writer, progress).Run());
  if (!content.object_graph.empty()) {
    REGRAFT_CHECK(writer.AddStrings(std::string(classify::kObjectGraphKey), Shape(),
                                    std::span(&content.object_graph, 1)));
  }
  if (options.run.stop.stop_requested()) return Fail(Cancelled());
  REGRAFT_TRY(Written written, writer.Finish());
  progress.Finish();
  return written;
}

}  // namespace regraft::edit
