// How long does planning take, and what would help if names do not fit?
//
// Usage: REGRAFT_BENCH_PREFIX=PREFIX regraft_bench_plans, for a checkpoint such as
// regraft_bench_make_checkpoint writes. Opening and restoring are rows of bench/rows.py.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "regraft/regraft.h"

namespace regraft {
namespace {

Result<CheckpointReader> OpenGiven() {
  const char* prefix = std::getenv("REGRAFT_BENCH_PREFIX");
  return CheckpointReader::Open(prefix == nullptr ? "" : prefix);
}

// Every n-th of them, so that there are `wanted`; all for 0.
std::vector<Target> Some(const std::vector<Target>& all, std::int64_t wanted) {
  const std::size_t step =
      wanted == 0 ? 1 : std::max<std::size_t>(1, all.size() / static_cast<std::size_t>(wanted));
  std::vector<Target> out;
  for (std::size_t i = 0; i < all.size(); i += step) out.push_back(all[i]);
  return out;
}

void Plans(benchmark::State& state, const CheckpointReader& source,
           const std::vector<Target>& targets, const Rules& rules, std::size_t restored) {
  std::size_t suggestions = 0;
  for (auto _ : state) {
    const Result<Plan> plan = MakePlan(source, targets, rules);
    if (!plan) return state.SkipWithError(plan.error().ToString().c_str());
    if (plan->Count(Outcome::kRestore) != restored) {
      return state.SkipWithError("not what was to be restored");
    }
    suggestions = plan->suggestions.size();
  }
  state.counters["names"] = static_cast<double>(source.entries().size());
  state.counters["targets"] = static_cast<double>(targets.size());
  state.counters["suggestions"] = static_cast<double>(suggestions);
}

// Some targets, or all, of the checkpoint that is there: how much of it does a plan look at?
void PlanSome(benchmark::State& state) {
  const Result<CheckpointReader> reader = OpenGiven();
  if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
  const std::vector<Target> targets = Some(TargetsFrom(reader->catalog()), state.range(0));
  Plans(state, *reader, targets, {}, targets.size());
}
BENCHMARK(PlanSome)->Arg(200)->Arg(0)->Unit(benchmark::kMillisecond);

// All targets, and a list of the names that are to be restored.
void PlanListed(benchmark::State& state) {
  const Result<CheckpointReader> reader = OpenGiven();
  if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
  const std::vector<Target> all = TargetsFrom(reader->catalog());
  Rules rules;
  rules.select.only.emplace();
  for (const Target& target : Some(all, state.range(0))) rules.select.only->push_back(target.name);
  Plans(state, *reader, all, rules, rules.select.only->size());
}
BENCHMARK(PlanListed)->Arg(200)->Arg(5000)->Unit(benchmark::kMillisecond);

// Nothing has its name: every target is a problem, and what would help is sought.
void PlanThatNeedsSuggestions(benchmark::State& state) {
  const Result<CheckpointReader> reader = OpenGiven();
  if (!reader) return state.SkipWithError(reader.error().ToString().c_str());
  std::vector<Target> renamed = Some(TargetsFrom(reader->catalog()), state.range(0));
  for (Target& target : renamed) {
    Target other;
    other.name = "other/" + target.name;
    other.paths = {other.name};
    other.spec = target.spec;
    target = other;
  }
  Plans(state, *reader, renamed, {}, 0);
}
BENCHMARK(PlanThatNeedsSuggestions)->Arg(2000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace regraft
