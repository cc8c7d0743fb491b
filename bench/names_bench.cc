// How long do opening, listing and planning take as names grow in number?
//
// Opening reads $REGRAFT_BENCH_PREFIX, which bench/run.sh makes.
#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/plan.h"
#include "regraft/select.h"

namespace regraft {
namespace {

constexpr std::int64_t kLayers = 2500;  // Two variables each.

// A deep network whose root object was called `root` when it was saved.
Catalog Network(const std::string& root, const std::string& layer) {
  Catalog catalog;
  catalog.prefix = "bench";
  catalog.kind = CheckpointKind::kTf2Object;
  catalog.fingerprint = root;
  for (std::int64_t i = 0; i < kLayers; ++i) {
    for (const std::string part : {"bias", "kernel"}) {
      Entry entry;
      const std::string path = fmt::format("{}/block_{}/{}_{}/{}", root, i / 10, layer, i, part);
      entry.key = path + "/.ATTRIBUTES/VARIABLE_VALUE";
      entry.spec = {DType::kFloat32, part == "bias" ? Shape{64 + i % 7} : Shape{32, 64 + i % 7}};
      entry.full_name = fmt::format("{}_{}/{}", layer, i, part);
      entry.paths = {path};
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

void Open(benchmark::State& state) {
  const char* prefix = std::getenv("REGRAFT_BENCH_PREFIX");
  if (prefix == nullptr) return state.SkipWithError("REGRAFT_BENCH_PREFIX is not set");
  std::size_t entries = 0;
  for (auto _ : state) {
    const Result<CheckpointReader> reader = CheckpointReader::Open(prefix);
    if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
    entries = reader->entries().size();
  }
  state.counters["names"] = static_cast<double>(entries);
}
BENCHMARK(Open)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace regraft
