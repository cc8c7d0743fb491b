#include "regraft/restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/progress.h"
#include "base/text.h"
#include "base/try.h"
#include "checkpoint/reader_access.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/rules.h"
#include "regraft/tensor_map.h"
#include "restore/contradiction.h"
#include "restore/engine.h"
#include "restore/schedule.h"
#include "select/pattern.h"

namespace regraft {
namespace {

using restore::StagedTarget;
using restore::Step;

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

// One step a source, and all that take it.
Result<restore::Schedule> ScheduleOf(const CheckpointReader& source, const Plan& plan,
                                     std::span<const std::size_t> index_of, bool takes_strings) {
  std::map<std::string_view, std::vector<std::size_t>> by_source;
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    const PlannedTarget& planned = plan.targets[i];
    if (planned.outcome == Outcome::kRestore) by_source[planned.source].push_back(i);
  }
  std::vector<Step> steps;
  for (auto& [key, planned] : by_source) {
    const Entry* entry = source.Find(key);
    for (const std::size_t i : planned) {
      REGRAFT_CHECK(restore::CheckBecomes(plan.targets[i], entry));
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
    Step step{.entry = entry, .bytes = entry->bytes};
    REGRAFT_TRY(const auto stored, checkpoint::ReaderAccess::Find(source, *entry));
    if (!stored.tensor->pieces.empty()) {
      const archive::Extent& where = stored.tensor->pieces.front().where;
      step.file = where.file;
      step.offset = where.offset;
    }
    for (const std::size_t i : planned) {
      step.uses.push_back({i, index_of[i], plan.targets[i].cast, plan.targets[i].fit});
    }
    steps.push_back(std::move(step));
  }
  return restore::Schedule(std::move(steps));
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

// Everything but the plan in the report.
Result<Report> CarryOut(const CheckpointReader& source, const Plan& plan, Destination& into,
                        const RestoreOptions& options) {
  REGRAFT_CHECK(plan.Check());
  REGRAFT_TRY(const std::vector<Target> targets, into.Targets());
  REGRAFT_CHECK(CheckFingerprints(source, plan, targets));
  REGRAFT_TRY(const std::vector<std::size_t> index_of, IndexOf(plan, targets));
  REGRAFT_TRY(const restore::Schedule schedule,
              ScheduleOf(source, plan, index_of, into.TakesStrings()));
  if (options.stop.stop_requested()) return Fail(Cancelled());
  Progress progress(options.progress, schedule.bytes());
  std::vector<StagedTarget> staged =
      restore::Stage(source, plan, schedule, into, options, progress);
  if (options.stop.stop_requested()) return Fail(Cancelled());
  REGRAFT_CHECK(FirstError(source, plan, staged));

  Report report;
  report.bytes_read = schedule.bytes();
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
    report.restored.push_back(
        {i, source.StoredAt(entry).crc32c.value_or(0), entry.bytes, 0, source.Verifies(entry)});
    report.bytes_read += entry.bytes;
  }
  std::sort(report.restored.begin(), report.restored.end(),
            [](const RestoredTarget& a, const RestoredTarget& b) { return a.planned < b.planned; });
  REGRAFT_CHECK(into.Commit(values));
  progress.Finish();
  return report;
}

}  // namespace

Result<Report> Restore(const CheckpointReader& source, const Plan& plan, Destination& into,
                       const RestoreOptions& options) {
  REGRAFT_TRY(Report report, CarryOut(source, plan, into, options));
  report.plan = plan;
  return report;
}

Result<Plan> MakePlan(const CheckpointReader& source, std::span<const Target> targets,
                      const Rules& rules) {
  REGRAFT_TRY(Plan plan, MakePlan(source.catalog(), targets, rules));
  const std::span<const Entry> entries = source.entries();
  const bool made = std::any_of(entries.begin(), entries.end(),
                                [](const Entry& entry) { return !entry.made_of.empty(); });
  if (made || plan.Count(Outcome::kMissing) <= plan.Count(Outcome::kRestore)) return plan;
  const std::string preset = PresetFor(source.catalog());
  if (!preset.empty()) {
    plan.notes.push_back(fmt::format(
        "all names are those of the preset {}: seen through it, the file has the names of {}",
        preset, PresetMap(preset)->to));
  }
  return plan;
}

Result<Report> Restore(const CheckpointReader& source, Destination& into, const Rules& rules,
                       const RestoreOptions& options) {
  REGRAFT_TRY(const std::vector<Target> targets, into.Targets());
  REGRAFT_TRY(Plan plan, MakePlan(source, targets, rules));
  REGRAFT_TRY(Report report, CarryOut(source, plan, into, options));
  report.plan = std::move(plan);
  return report;
}

}  // namespace regraft
