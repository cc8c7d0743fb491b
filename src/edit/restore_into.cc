// RestoreInto: a checkpoint written again with the values that a plan takes from others.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "base/try.h"
#include "checkpoint/read_whole.h"
#include "classify/owners.h"
#include "digest/crc32c.h"
#include "edit/before_writing.h"
#include "edit/cast_entry.h"
#include "edit/units.h"
#include "edit/write_anew.h"
#include "find/formats.h"
#include "find/prefix.h"
#include "regraft/buffer.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/elements.h"
#include "regraft/entry.h"
#include "regraft/find.h"
#include "regraft/graft.h"
#include "regraft/targets.h"
#include "regraft/writer.h"
#include "restore/contradiction.h"
#include "restore/convert.h"

namespace regraft {
namespace {

using edit::Unit;

std::string ActionOf(const PlannedTarget& planned) {
  std::string action = planned.cast ? "cast" : "";
  const auto add = [&](std::string_view what) {
    action += fmt::format("{}{}", action.empty() ? "" : "+", what);
  };
  if (planned.fit == Fit::kSlice) add("sliced");
  if (planned.fit == Fit::kPad || planned.fit == Fit::kPadKeep) add("padded");
  if (action.empty()) add("copied");
  return action;
}

class Grafter {
 public:
  Grafter(const JoinedSources& sources, const Plan& plan, const CheckpointReader& target,
          const EditOptions& options)
      : sources_(sources), plan_(plan), target_(target), options_(options) {}

  Result<GraftReport> Run(const std::string& prefix) {
    REGRAFT_CHECK(CheckPlan());
    REGRAFT_CHECK(CheckFormat(prefix));
    REGRAFT_TRY(std::vector<Unit> units, MakeUnits());
    REGRAFT_TRY(report_.written,
                edit::WriteUnits(prefix, Readers(), Content(), std::move(units), options_,
                                 [this](const Unit& unit, CheckpointWriter& writer) {
                                   return Write(unit, writer);
                                 }));
    AddOrigins();
    std::sort(report_.report.restored.begin(), report_.report.restored.end(),
              [](const auto& a, const auto& b) { return a.planned < b.planned; });
    report_.report.plan = plan_;
    return std::move(report_);
  }

  Status Check(const std::string& prefix) {
    REGRAFT_CHECK(CheckPlan());
    REGRAFT_CHECK(CheckFormat(prefix));
    std::uint64_t bytes = 0;
    for (const Entry& entry : target_.entries()) bytes += entry.bytes;
    REGRAFT_CHECK(edit::CheckDestination(prefix, Readers(), bytes));
    return find::CheckNewPrefix(prefix);
  }

 private:
  std::vector<const CheckpointReader*> Readers() const {
    std::vector<const CheckpointReader*> readers = {&target_};
    for (const auto& [key, planned] : restored_) {
      readers.push_back(sources_.Find(planned->source).reader);
    }
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    return readers;
  }

  Status CheckPlan() {
    REGRAFT_CHECK(plan_.Check());
    REGRAFT_CHECK(CheckIs(plan_.source_fingerprint, sources_.catalog().fingerprint));
    const std::vector<Target> targets = TargetsFrom(target_.catalog());
    REGRAFT_CHECK(CheckIs(plan_.target_fingerprint, FingerprintOf(targets)));
    for (const PlannedTarget& planned : plan_.targets) {
      if (planned.outcome != Outcome::kRestore) continue;
      const auto place = sources_.Find(planned.source);
      const Entry* entry = target_.Find(planned.target.key);
      if (place.entry == nullptr || entry == nullptr || place.entry->spec != planned.source_spec ||
          entry->spec != planned.target.spec || !restore::Fits(planned)) {
        return Fail(restore::NotThisPlan(
            fmt::format("'{}' cannot become '{}'", planned.source, planned.target.name)));
      }
      restored_.emplace(planned.target.key, &planned);
    }
    return {};
  }

  // The target again, so in its own format.
  Status CheckFormat(const std::string& prefix) const {
    const std::string& format = target_.catalog().format;
    if (FormatToWrite(prefix) == format) return {};
    const std::string_view suffix = find::FormatNamed(format)->suffix;
    return Fail(Error(ErrorCode::kInvalidArgument, "edit/other-format",
                      fmt::format("the target is of the format {}, and the path of the result asks "
                                  "for {}",
                                  format, FormatToWrite(prefix)))
                    .InFile(prefix)
                    .Hint(suffix.empty() ? "give a path without an ending, and convert the result "
                                           "by a copy"
                                         : fmt::format("let the path end in {}", suffix)));
  }

  Status CheckIs(const std::string& planned, const std::string& given) const {
    if (planned == given) return {};
    return Fail(Error(ErrorCode::kUnmet, "edit/other-source",
                      "the plan was made for other checkpoints, or they changed since")
                    .Hint("plan again"));
  }

  edit::Content Content() const {
    edit::Content content;
    for (const Entry& entry : target_.entries())
      content.tensors.emplace_back(entry.key, entry.spec);
    content.metadata = target_.metadata();
    return content;
  }

  // Stored bytes are copied piece by piece; what is made here is one unit.
  Result<std::vector<Unit>> MakeUnits() const {
    std::vector<Unit> units;
    for (std::size_t i = 0; i < target_.entries().size(); ++i) {
      const Entry& entry = target_.entries()[i];
      REGRAFT_TRY(const auto pieces, target_.StoredPieces(entry));
      if (restored_.contains(entry.key) || edit::IsForeign(target_)) {
        const auto at = target_.StoredAt(entry);
        units.push_back({i, 0, true, 0, at.file_index, at.offset, entry.bytes});
      } else {
        for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
          units.push_back({i, piece, false, 0, pieces[piece].file_index, pieces[piece].offset,
                           pieces[piece].bytes});
        }
      }
    }
    return units;
  }

  Status Write(const Unit& unit, CheckpointWriter& writer) {
    const Entry& entry = target_.entries()[unit.entry];
    if (!unit.whole) return writer.AddStoredPiece(entry.key, target_, entry, unit.piece);
    const auto found = restored_.find(entry.key);
    if (found == restored_.end()) return edit::WriteAnew(target_, entry, entry.key, writer);
    const PlannedTarget& planned = *found->second;
    const auto place = sources_.Find(planned.source);
    RestoredTarget restored;
    restored.planned = static_cast<std::size_t>(&planned - plan_.targets.data());
    restored.bytes = unit.bytes;
    const auto crc32c = place.reader->StoredAt(*place.entry).crc32c;
    restored.crc32c = crc32c.value_or(0);
    report_.report.bytes_read += place.entry->bytes;
    // Slices are joined, so that the result is stored as its target was, in one piece.
    const bool as_stored = !edit::IsForeign(*place.reader) && crc32c;
    if (!planned.cast && planned.fit == Fit::kExact && as_stored) {
      report_.report.restored.push_back(restored);
      return writer.AddStored(entry.key, *place.reader, *place.entry);
    }
    if (planned.cast && planned.fit == Fit::kExact && crc32c) {
      REGRAFT_CHECK(WriteCast(entry, planned, place, restored, writer));
    } else {
      REGRAFT_CHECK(WriteFitted(entry, planned, place, restored, writer));
    }
    report_.report.restored.push_back(restored);
    return {};
  }

  Status WriteCast(const Entry& entry, const PlannedTarget& planned,
                   const JoinedSources::Place& place, RestoredTarget& restored,
                   CheckpointWriter& writer) {
    CastLoss loss;
    REGRAFT_CHECK(writer.Begin(entry.key, entry.spec));
    REGRAFT_CHECK(edit::CastEntry(
        *place.reader, *place.entry, planned.target.spec.dtype,
        [&](std::span<const std::byte> bytes) { return writer.Append(bytes); }, loss));
    AddLoss(std::move(loss), entry, restored);
    return writer.End();
  }

  Status WriteFitted(const Entry& entry, const PlannedTarget& planned,
                     const JoinedSources::Place& place, RestoredTarget& restored,
                     CheckpointWriter& writer) {
    REGRAFT_TRY(Buffer from, checkpoint::ReadWhole(*place.reader, *place.entry));
    if (!place.reader->StoredAt(*place.entry).crc32c) {
      restored.crc32c = digest::Crc32c(from.bytes());
    }
    if (planned.cast) {
      CastResult result;
      REGRAFT_TRY(Buffer cast, restore::Cast(planned, from.bytes(), result));
      CastLoss loss;
      loss.overflowed = result.overflowed;
      edit::MeasureLoss(place.entry->spec.dtype, from.bytes(), entry.spec.dtype, cast.bytes(),
                        loss);
      AddLoss(std::move(loss), entry, restored);
      from = std::move(cast);
    }
    REGRAFT_TRY(const Buffer out,
                restore::FitInto(planned, from.bytes(), [&](std::span<std::byte> bytes) {
                  return target_.Read(entry, bytes);
                }));
    return writer.Add(entry.key, entry.spec, out.bytes());
  }

  void AddLoss(CastLoss loss, const Entry& entry, RestoredTarget& restored) {
    loss.key = entry.key;
    loss.name = entry.name;
    restored.overflowed = loss.overflowed;
    report_.casts.push_back(std::move(loss));
  }

  void AddOrigins() {
    for (const Entry& entry : target_.entries()) {
      if (entry.key == classify::kObjectGraphKey) continue;
      const auto found = restored_.find(entry.key);
      if (found == restored_.end()) {
        report_.origins.push_back({entry.key, target_.prefix(), entry.key, "kept", {}});
        continue;
      }
      const PlannedTarget& planned = *found->second;
      const auto place = sources_.Find(planned.source);
      report_.origins.push_back(
          {entry.key, place.reader->prefix(), place.entry->key, ActionOf(planned),
           planned.rule.empty() ? std::vector<Setting>() : std::vector{planned.rule}});
    }
  }

  const JoinedSources& sources_;
  const Plan& plan_;
  const CheckpointReader& target_;
  const EditOptions& options_;
  std::map<std::string_view, const PlannedTarget*> restored_;  // By key in the target.
  GraftReport report_;
};

}  // namespace

Result<GraftReport> RestoreInto(const JoinedSources& sources, const Plan& plan,
                                const CheckpointReader& target, const std::string& prefix,
                                const EditOptions& options) {
  return Grafter(sources, plan, target, options).Run(prefix);
}

Status CheckRestoreInto(const JoinedSources& sources, const Plan& plan,
                        const CheckpointReader& target, const std::string& prefix) {
  const EditOptions options;
  return Grafter(sources, plan, target, options).Check(prefix);
}

}  // namespace regraft
