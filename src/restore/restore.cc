#include "regraft/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "restore/contradiction.h"
#include "restore/progress.h"
#include "restore/stage.h"

namespace regraft {
namespace {

using restore::Job;
using restore::StagedTarget;

Status CheckFingerprints(const CheckpointReader& source, const Plan& plan,
                         std::span<const Target> targets) {
  if (source.catalog().fingerprint != plan.source_fingerprint) {
    return Fail(Error(ErrorCode::kUnmet, "restore/other-source",
                      "the plan was made for another checkpoint, or the checkpoint changed since")
                    .With("planned", plan.source_prefix)
                    .With("given", source.prefix())
                    .Hint("plan again"));
  }
  if (FingerprintOf(targets) != plan.target_fingerprint) {
    return Fail(Error(ErrorCode::kUnmet, "restore/other-target",
                      "the plan was made for other targets, or they changed since")
                    .With("planned", Plural(plan.targets.size(), "target"))
                    .With("given", Plural(targets.size(), "target"))
                    .Hint("plan again"));
  }
  return {};
}

// For each planned target its place in the destination.
Result<std::vector<std::size_t>> IndexOf(const Plan& plan, std::span<const Target> targets) {
  if (plan.targets.size() != targets.size()) {
    return Fail(restore::NotThisPlan(
        fmt::format("it lists {} of {}", plan.targets.size(), Plural(targets.size(), "target"))));
  }
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < targets.size(); ++i) places[targets[i].name] = i;
  std::vector<std::size_t> out;
  for (const PlannedTarget& planned : plan.targets) {
    // A place that is taken is gone, so that no target is planned twice.
    const auto place = places.extract(planned.target.name);
    if (place.empty() || targets[place.mapped()] != planned.target) {
      return Fail(restore::NotThisPlan(
          fmt::format("its target '{}' is not one of the targets", planned.target.name)));
    }
    out.push_back(place.mapped());
  }
  return out;
}

// One job a source, in the order of the bytes in the files, so that disks read forward.
Result<std::vector<Job>> JobsOf(const CheckpointReader& source, const Plan& plan) {
  std::map<std::string_view, std::vector<std::size_t>> by_source;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const PlannedTarget& planned = plan.targets[i];
    if (planned.outcome == Outcome::kRestore) by_source[planned.source].push_back(i);
  }
  std::vector<Job> jobs;
  for (auto& [key, planned] : by_source) {
    const Entry* entry = source.Find(key);
    for (const std::size_t i : planned) {
      if (entry == nullptr || entry->spec != plan.targets[i].source_spec ||
          !restore::Fits(plan.targets[i])) {
        return Fail(
            restore::NotThisPlan(fmt::format("'{}' cannot become '{}'", key, plan.targets[i].target.name)));
      }
    }
    if (KindOf(entry->spec.dtype) != DTypeKind::kNumeric) {
      return Fail(Error(ErrorCode::kUnsupported, "restore/not-numeric",
                        fmt::format("a tensor of type {} cannot be restored into memory of numbers",
                                    DTypeName(entry->spec.dtype)))
                      .ForKey(std::string(key))
                      .Hint("leave it out: --exclude " +
                            ShellQuoted(plan.targets[planned[0]].target.name)));
    }
    jobs.push_back({entry, std::move(planned)});
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return std::tie(a.source->shard, a.source->offset, a.source->key) <
           std::tie(b.source->shard, b.source->offset, b.source->key);
  });
  return jobs;
}

Error Cancelled() {
  return Error(ErrorCode::kCancelled, "restore/cancelled",
               "the restore was cancelled; nothing has changed");
}

// The error of the first target of the plan that failed, however threads ran.
Status FirstError(std::span<const StagedTarget> staged) {
  const StagedTarget* first = nullptr;
  std::uint64_t failed = 0;
  for (const StagedTarget& one : staged) {
    if (one.value) continue;
    if (first == nullptr) first = &one;
    ++failed;
  }
  if (first == nullptr) return {};
  Error error = first->value.error();
  if (failed > 1) {
    error.details.push_back({"also", Plural(failed - 1, "other variable") + " failed"});
  }
  error.details.push_back({"result", "nothing has changed"});
  return Fail(std::move(error));
}

}  // namespace

Result<Report> Restore(const CheckpointReader& source, const Plan& plan, Destination& into,
                       const RestoreOptions& options) {
  REGRAFT_CHECK(plan.Check());
  REGRAFT_TRY(const std::vector<Target> targets, into.targets());
  REGRAFT_CHECK(CheckFingerprints(source, plan, targets));
  REGRAFT_TRY(const std::vector<Job> jobs, JobsOf(source, plan));
  REGRAFT_TRY(const std::vector<std::size_t> index_of, IndexOf(plan, targets));

  std::uint64_t total = 0;
  for (const Job& job : jobs) total += job.source->bytes;
  Progress progress(options.progress, total);
  std::vector<std::vector<StagedTarget>> by_job(jobs.size());
  ParallelFor(jobs.size(), options.threads, [&](std::size_t i) {
    if (options.stop.stop_requested()) return;
    by_job[i] = restore::Stage(source, plan, jobs[i], into, index_of);
    progress.Add(jobs[i].source->bytes);
  });
  if (options.stop.stop_requested()) return Fail(Cancelled());

  std::vector<StagedTarget> staged;
  for (std::vector<StagedTarget>& of_job : by_job) {
    std::move(of_job.begin(), of_job.end(), std::back_inserter(staged));
  }
  std::sort(staged.begin(), staged.end(), [](const StagedTarget& a, const StagedTarget& b) {
    return a.planned < b.planned;
  });
  REGRAFT_CHECK(FirstError(staged));

  Report report;
  report.plan = plan;
  report.bytes_read = total;
  std::vector<Destination::Staged> values;
  for (StagedTarget& one : staged) {
    values.push_back({index_of[one.planned], *std::move(one.value)});
    report.restored.push_back(one.restored);
  }
  REGRAFT_CHECK(into.Commit(values));
  progress.Finish();
  return report;
}

Result<Report> Restore(const CheckpointReader& source, Destination& into, const Rules& rules,
                       const RestoreOptions& options) {
  REGRAFT_TRY(const std::vector<Target> targets, into.targets());
  REGRAFT_TRY(const Plan plan, MakePlan(source, targets, rules));
  return Restore(source, plan, into, options);
}

}  // namespace regraft
