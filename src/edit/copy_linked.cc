// CopyLinked: a new index, and the data files as they are.
#include <vector>

#include "base/try.h"
#include "checkpoint/link.h"
#include "edit/before_writing.h"
#include "edit/carry_out.h"
#include "io/disk.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/find.h"

namespace regraft {
Result<EditReport> CopyLinked(std::span<const EditSource> sources, const CopyPlan& plan,
                              const std::string& prefix, const EditOptions& options) {
  REGRAFT_CHECK(edit::CheckPlan(sources, plan));
  REGRAFT_CHECK(edit::CheckLinkable(sources, plan, options));
  std::vector<const CheckpointReader*> readers;
  for (const EditSource& source : sources) readers.push_back(source.reader);
  REGRAFT_CHECK(edit::CheckDestination(MainFileOf(prefix), readers, 0));
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
