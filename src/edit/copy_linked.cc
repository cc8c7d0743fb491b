// CopyLinked: a new index, and the data files as they are.
#include <vector>

#include "base/try.h"
#include "checkpoint/link.h"
#include "edit/before_writing.h"
#include "edit/carry_out.h"
#include "io/disk.h"
#include "regraft/edit.h"

namespace regraft {
namespace {

Status CheckLinkable(const CopyPlan& plan, const EditOptions& options) {
  std::string why;
  for (const CopiedEntry& entry : plan.entries) {
    if (entry.cast) why = "casts change stored bytes";
  }
  if (options.shards != 0 || options.write.max_shard_bytes != 0) why = "data files stay as they are";
  if (options.write.data_alignment > 1) why = "tensors stay where they are";
  if (why.empty()) return {};
  return Fail(Error(ErrorCode::kUnsupported, "edit/cannot-link",
                    "links cannot give what is asked for: " + why)
                  .Hint("copy without --link"));
}

}  // namespace

Result<EditReport> CopyLinked(std::span<const EditSource> sources, const CopyPlan& plan,
                              const std::string& prefix, const EditOptions& options) {
  REGRAFT_CHECK(edit::CheckPlan(sources, plan));
  REGRAFT_CHECK(CheckLinkable(plan, options));
  std::vector<const CheckpointReader*> readers;
  for (const EditSource& source : sources) readers.push_back(source.reader);
  REGRAFT_CHECK(edit::CheckDestination(prefix, readers, 0));
  std::vector<checkpoint::LinkedEntry> linked;
  for (const CopiedEntry& entry : plan.entries) {
    const CheckpointReader& reader = *sources[entry.source].reader;
    linked.push_back({entry.key, &reader, reader.Find(entry.from)});
  }
  EditReport report;
  REGRAFT_TRY(report.written,
              checkpoint::LinkCheckpoint(io::RealDisk(), prefix, linked, plan.object_graph,
                                         options.write.overwrite));
  report.origins = edit::OriginsOf(plan);
  return report;
}

}  // namespace regraft
