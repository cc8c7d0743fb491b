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
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/rules.h"
#include "restore/contradiction.h"
#include "restore/progress.h"
#include "restore/stage.h"
#include "select/pattern.h"

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
Result<std::vector<Job>> JobsOf(const CheckpointReader& source, const Plan& plan,
                                bool takes_strings) {
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
        return Fail(restore::NotThisPlan(
            fmt::format("'{}' cannot become '{}'", key, plan.targets[i].target.name)));
      }
    }
    std::erase_if(planned, [&](std::size_t i) { return plan.targets[i].target.takes_itself; });
    if (planned.empty()) continue;
    const DTypeKind kind = KindOf(entry->spec.dtype);
    if (kind != DTypeKind::kNumeric && !(takes_strings && kind == DTypeKind::kString)) {
      return Fail(Error(ErrorCode::kUnsupported, "restore/not-numeric",
                        fmt::format("a tensor of type {} cannot be restored into memory of numbers",
                                    DTypeName(entry->spec.dtype)))
                      .ForKey(std::string(key))
                      .Offer({{{Option::kExclude,
                                select::EscapeGlob(plan.targets[planned[0]].target.name)}},
                              "leaves it out"}));
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

// The glob that leaves out exactly these targets; empty if there are too many to write down.
std::string GlobOf(std::span<const std::string> names) {
  constexpr std::size_t kMost = 10;
  if (names.empty() || names.size() > kMost) return "";
  if (names.size() == 1) return select::EscapeGlob(names[0]);
  std::string glob;
  for (const std::string& name : names) {
    glob += glob.empty() ? "{" : ",";
    for (const char c : select::EscapeGlob(name)) {
      if (c == ',') glob += '\\';
      glob += c;
    }
  }
  return glob + "}";
}

// Whether a value is lost, and not only refused or unfit.
bool IsLost(const Error& error) {
  return error.code == ErrorCode::kCorrupt || error.slug.ends_with("/shard-missing");
}

// The error of the first target of the plan that failed, however threads ran; and what of the
// others can be had, for all of them were read.
Status FirstError(const CheckpointReader& source, const Plan& plan,
                  std::span<const StagedTarget> staged) {
  const StagedTarget* first = nullptr;
  std::vector<std::string> failed;
  bool only_lost = true;
  for (const StagedTarget& one : staged) {
    if (one.value) continue;
    if (first == nullptr) first = &one;
    failed.push_back(plan.targets[one.planned].target.name);
    only_lost = only_lost && IsLost(one.value.error());
  }
  if (first == nullptr) return {};
  Error error = first->value.error();
  if (failed.size() > 1) {
    error.details.push_back({"also", Plural(failed.size() - 1, "other variable") + " failed"});
  }
  const std::size_t whole = staged.size() - failed.size();
  if (only_lost && whole > 0) {
    error.details.push_back({"whole", fmt::format("the other {} of {} could be restored", whole,
                                                  Plural(staged.size(), "variable"))});
    if (const std::string glob = GlobOf(failed); !glob.empty()) {
      error.hint.clear();
      error.remedies = {{{{Option::kExclude, glob}}, "leaves out what is lost"},
                        {{{Option::kVerify, source.prefix()}}, "finds all that is damaged"}};
    }
  }
  error.details.push_back({"result", "nothing has changed"});
  return Fail(std::move(error));
}

}  // namespace

Result<Report> Restore(const CheckpointReader& source, const Plan& plan, Destination& into,
                       const RestoreOptions& options) {
  REGRAFT_CHECK(plan.Check());
  REGRAFT_TRY(const std::vector<Target> targets, into.Targets());
  REGRAFT_CHECK(CheckFingerprints(source, plan, targets));
  REGRAFT_TRY(const std::vector<Job> jobs, JobsOf(source, plan, into.TakesStrings()));
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
  std::sort(staged.begin(), staged.end(),
            [](const StagedTarget& a, const StagedTarget& b) { return a.planned < b.planned; });
  REGRAFT_CHECK(FirstError(source, plan, staged));

  Report report;
  report.plan = plan;
  report.bytes_read = total;
  std::vector<Destination::Staged> values;
  for (StagedTarget& one : staged) {
    values.push_back({index_of[one.planned], *std::move(one.value), std::move(one.strings)});
    report.restored.push_back(one.restored);
  }
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const PlannedTarget& planned = plan.targets[i];
    if (planned.outcome != Outcome::kRestore || !planned.target.takes_itself) continue;
    const Entry& entry = *source.Find(planned.source);
    values.push_back({index_of[i], Buffer(), {}});
    report.restored.push_back({i, entry.crc32c.value_or(0), entry.bytes});
    report.bytes_read += entry.bytes;
  }
  std::sort(report.restored.begin(), report.restored.end(),
            [](const RestoredTarget& a, const RestoredTarget& b) { return a.planned < b.planned; });
  REGRAFT_CHECK(into.Commit(values));
  progress.Finish();
  return report;
}

Result<Report> Restore(const CheckpointReader& source, Destination& into, const Rules& rules,
                       const RestoreOptions& options) {
  REGRAFT_TRY(const std::vector<Target> targets, into.Targets());
  REGRAFT_TRY(const Plan plan, MakePlan(source, targets, rules));
  return Restore(source, plan, into, options);
}

}  // namespace regraft
