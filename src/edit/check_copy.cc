// What a copy would refuse, without writing.
#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "checkpoint/reader_access.h"
#include "edit/before_writing.h"
#include "edit/carry_out.h"
#include "find/formats.h"
#include "find/prefix.h"
#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/find.h"

namespace regraft {
namespace edit {

namespace {

// True of values that a map makes, or that are stored in another form.
bool IsComputed(const CheckpointReader& reader, const Entry& entry) {
  const auto stored = checkpoint::ReaderAccess::Find(reader, entry);
  return stored && std::ranges::any_of(stored->tensor->pieces, [&](const auto& piece) {
           return !stored->archive->IsOnDisk(piece.where.file);
         });
}

}  // namespace

Status CheckLinkable(std::span<const EditSource> sources, const CopyPlan& plan,
                     const EditOptions& options) {
  std::string why;
  // Names and data are in one file, or the data lack what the index is to say of them.
  bool other = find::FormatNamed(plan.format)->main_file.empty();
  for (const EditSource& source : sources) {
    other = other || source.reader->catalog().format != plan.format;
  }
  if (other) why = "data files stay as they are, in their format";
  for (const CopiedEntry& entry : plan.entries) {
    if (entry.cast) why = "casts change stored bytes";
    const Entry* stored = sources[entry.source].reader->Find(entry.from);
    if (stored != nullptr && IsComputed(*sources[entry.source].reader, *stored)) {
      why = fmt::format("{} is in no file as it is ({})", entry.name, stored->made_of);
    }
  }
  if (options.shards != 0 || options.write.max_shard_bytes != 0)
    why = "data files stay as they are";
  if (options.write.data_alignment > 1) why = "tensors stay where they are";
  if (why.empty()) return {};
  return Fail(Error(ErrorCode::kUnsupported, "edit/cannot-link",
                    "links cannot give what is asked for: " + why)
                  .Hint("copy without links"));
}

}  // namespace edit

Status CheckCopy(std::span<const EditSource> sources, const CopyPlan& plan,
                 const std::string& prefix, const EditOptions& options, bool linked) {
  REGRAFT_CHECK(edit::CheckPlan(sources, plan));
  if (linked) REGRAFT_CHECK(edit::CheckLinkable(sources, plan, options));
  std::vector<const CheckpointReader*> readers;
  for (const EditSource& source : sources) readers.push_back(source.reader);
  std::uint64_t bytes = 0;
  for (const CopiedEntry& entry : plan.entries) bytes += linked ? 0 : entry.bytes;
  REGRAFT_CHECK(edit::CheckDestination(MainFileOf(prefix), readers, bytes));
  return find::CheckNewPrefix(prefix);
}

}  // namespace regraft
