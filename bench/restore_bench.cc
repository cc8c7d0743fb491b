// How long does it take to open a checkpoint and restore everything in it?
//
// Usage: regraft_restore_bench PREFIX [THREADS]
// Prints `open SECONDS` and `restore SECONDS`, as restore_bench.py does, and `plan SECONDS`, which
// are part of the latter.
#include <fmt/core.h>

#include <chrono>
#include <string>
#include <vector>

#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/plan.h"
#include "regraft/restore.h"
#include "regraft/run.h"
#include "regraft/targets.h"

namespace {

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int Fails(const regraft::Error& error) {
  fmt::print(stderr, "{}\n", error.ToString());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto start = std::chrono::steady_clock::now();
  const auto source = regraft::CheckpointReader::Open(argv[1]);
  if (!source) return Fails(source.error());
  fmt::print("open {:.6f}\n", SecondsSince(start));

  // The memory of the model is there before; what it costs to get it is not asked.
  const std::vector<regraft::Target> targets = regraft::TargetsFrom(source->catalog());
  std::vector<regraft::Buffer> memory;
  memory.reserve(targets.size());
  regraft::ArrayDestination model;
  for (const regraft::Target& target : targets) {
    const auto size = target.spec.Bytes();
    if (!size) return Fails(size.error());
    memory.emplace_back(*size);
    model.Add(target, memory.back().bytes());
  }

  start = std::chrono::steady_clock::now();
  regraft::RunOptions options;
  options.threads = argc > 2 ? std::stoul(argv[2]) : 0;
  const auto plan = regraft::MakePlan(*source, targets, {});
  if (!plan) return Fails(plan.error());
  const double planned = SecondsSince(start);
  const auto report = regraft::Restore(*source, *plan, model, options);
  if (!report) return Fails(report.error());
  fmt::print("plan {:.6f}\nrestore {:.6f}\n", planned, SecondsSince(start));
  return 0;
}
