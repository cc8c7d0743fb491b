// How long do opening, listing and planning take as names grow in number?
//
// What opens a checkpoint opens $REGRAFT_BENCH_PREFIX, which bench/run.sh makes.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/plan.h"
#include "regraft/rules.h"
#include "regraft/targets.h"

namespace regraft {
namespace {

constexpr std::int64_t kLayers = 2500;  // Two variables each.

// A deep network whose root object was called `root` when it was saved.
Catalog Network(const std::string& root, const std::string& layer) {
  Catalog catalog;
  catalog.prefix = "bench";
  catalog.has_graph = true;
  catalog.fingerprint = root;
  for (std::int64_t i = 0; i < kLayers; ++i) {
    for (const std::string part : {"bias", "kernel"}) {
      Entry entry;
      const std::string path = fmt::format("{}/block_{}/{}_{}/{}", root, i / 10, layer, i, part);
      entry.key = path + "/.ATTRIBUTES/VARIABLE_VALUE";
      entry.spec = {DType::kFloat32, part == "bias" ? Shape{64 + i % 7} : Shape{32, 64 + i % 7}};
      entry.full_name = fmt::format("{}_{}/{}", layer, i, part);
      entry.paths = {path};
      entry.name = path;
      catalog.entries.push_back(std::move(entry));
    }
  }
  std::sort(catalog.entries.begin(), catalog.entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return catalog;
}

void PlanNetwork(benchmark::State& state, const Catalog& source, const Catalog& into) {
  const std::vector<Target> targets = TargetsFrom(into);
  std::size_t problems = 0;
  std::size_t suggestions = 0;
  for (auto _ : state) {
    const Result<Plan> plan = MakePlan(source, targets, {});
    if (!plan) return state.SkipWithError(plan.error().ToString().c_str());
    problems = plan->Count(Outcome::kMissing);
    suggestions = plan->suggestions.size();
  }
  state.counters["names"] = static_cast<double>(targets.size());
  state.counters["problems"] = static_cast<double>(problems);
  state.counters["suggestions"] = static_cast<double>(suggestions);
}

void PlanThatFits(benchmark::State& state) {
  const Catalog same = Network("model", "dense");
  PlanNetwork(state, same, same);
}
BENCHMARK(PlanThatFits)->Unit(benchmark::kMillisecond);

// Nothing has its name: every target is a problem, and what would help is sought.
void PlanThatNeedsSuggestions(benchmark::State& state) {
  PlanNetwork(state, Network("model", "dense"), Network("net", "fc"));
}
BENCHMARK(PlanThatNeedsSuggestions)->Unit(benchmark::kMillisecond);

Result<CheckpointReader> OpenGiven() {
  const char* prefix = std::getenv("REGRAFT_BENCH_PREFIX");
  return CheckpointReader::Open(prefix == nullptr ? "" : prefix);
}

// Opens the checkpoint that is there, and lets `look` have it. What it takes to close is not
// counted.
template <typename Look>
void OpenAnd(benchmark::State& state, Look look) {
  std::size_t entries = 0;
  for (auto _ : state) {
    Result<CheckpointReader> reader = OpenGiven();
    if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
    benchmark::DoNotOptimize(look(*reader));
    entries = reader->num_entries();
    state.PauseTiming();
    reader = Fail(Error(ErrorCode::kInvalidArgument, "bench/closed", ""));
    state.ResumeTiming();
  }
  state.counters["names"] = static_cast<double>(entries);
}

// Keys and shapes, as tf.train.list_variables has them.
void OpenAndList(benchmark::State& state) {
  OpenAnd(state, [](const CheckpointReader& reader) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < reader.num_entries(); ++i) {
      const auto listed = reader.At(i);
      sum += listed.key.size() + listed.spec.shape.rank();
    }
    return sum;
  });
}
BENCHMARK(OpenAndList)->Unit(benchmark::kMillisecond);

// Everything that is known of all entries.
void OpenAndName(benchmark::State& state) {
  OpenAnd(state, [](const CheckpointReader& reader) { return reader.entries().size(); });
}
BENCHMARK(OpenAndName)->Unit(benchmark::kMillisecond);

// Some targets, or all, of the checkpoint that is there: how much of it does a plan look at?
void PlanSome(benchmark::State& state) {
  const Result<CheckpointReader> reader = OpenGiven();
  if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
  const std::vector<Target> all = TargetsFrom(reader->catalog());
  const auto wanted = static_cast<std::size_t>(state.range(0));
  const std::size_t step = wanted == 0 ? 1 : std::max<std::size_t>(1, all.size() / wanted);
  std::vector<Target> targets;
  for (std::size_t i = 0; i < all.size(); i += step) targets.push_back(all[i]);
  for (auto _ : state) {
    const Result<Plan> plan = MakePlan(*reader, targets, {});
    if (!plan) return state.SkipWithError(plan.error().ToString().c_str());
    if (plan->Problems() > 0) return state.SkipWithError("not everything was found");
  }
  state.counters["names"] = static_cast<double>(reader->entries().size());
  state.counters["targets"] = static_cast<double>(targets.size());
}
BENCHMARK(PlanSome)->Arg(200)->Arg(0)->Unit(benchmark::kMillisecond);

// All targets, and a list of the names that are to be restored.
void PlanListed(benchmark::State& state) {
  const Result<CheckpointReader> reader = OpenGiven();
  if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
  const std::vector<Target> all = TargetsFrom(reader->catalog());
  const auto wanted = static_cast<std::size_t>(state.range(0));
  const std::size_t step = std::max<std::size_t>(1, all.size() / wanted);
  Rules rules;
  rules.only.emplace();
  for (std::size_t i = 0; i < all.size(); i += step) rules.only->push_back(all[i].name);
  for (auto _ : state) {
    const Result<Plan> plan = MakePlan(*reader, all, rules);
    if (!plan) return state.SkipWithError(plan.error().ToString().c_str());
    if (plan->Count(Outcome::kRestore) != rules.only->size()) {
      return state.SkipWithError("not what was listed");
    }
  }
  state.counters["names"] = static_cast<double>(reader->entries().size());
  state.counters["listed"] = static_cast<double>(rules.only->size());
}
BENCHMARK(PlanListed)->Arg(200)->Arg(5000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace regraft
