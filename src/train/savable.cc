#include "regraft/savable.h"

#include <fmt/format.h>

#include <limits>

#include "base/try.h"
#include "bundle/checkpoint_state_file.h"
#include "find/folder.h"
#include "io/disk.h"
#include "regraft/writer.h"

namespace regraft::train {

Savable::~Savable() = default;

Result<Report> Savable::RestoreFrom(const CheckpointReader& source, const Rules&,
                                    const RestoreOptions&) {
  return Fail(Error(ErrorCode::kUnsupported, "train/owner-restores",
                    fmt::format("what was saved as {} is restored by its owner", source.prefix()))
                  .Hint("restore it, then tell the manager: CheckpointManager::Restored()"));
}

Result<std::int64_t> NextSave(const Savable& savable) {
  const std::int64_t count = savable.saves();
  if (count < std::numeric_limits<std::int64_t>::max()) return count + 1;
  return Fail(Error(ErrorCode::kInvalidArgument, "train/counter-full",
                    fmt::format("the save counter is {}, the largest that there is", count))
                  .Offer({{{Option::kWrite, "PREFIX"}}, "takes a name of your own", true}));
}

Result<std::string> SaveNumbered(Savable& savable, const std::string& prefix,
                                 const WriteOptions& options) {
  const find::SplitPath split = find::SplitLast(prefix);
  if (split.name.empty()) {
    return Fail(
        Error(ErrorCode::kInvalidArgument, "checkpoint/bad-prefix",
              fmt::format("'{}' names no checkpoint: its files would be called '-1'", prefix))
            .Offer({{{Option::kSave, prefix + "ckpt"}}, ""}));
  }
  REGRAFT_TRY(const std::int64_t count, NextSave(savable));
  WriteOptions replace = options;
  replace.overwrite = true;
  const std::string name = fmt::format("{}-{}", split.name, count);
  const std::string path = find::JoinPath(split.folder, name);
  io::Disk& disk = io::RealDisk();
  REGRAFT_CHECK(savable.WriteTo(disk, path, count, replace));
  bundle::CheckpointState state;
  state.model_checkpoint_path = name;
  state.all_model_checkpoint_paths = {name};
  REGRAFT_CHECK(
      bundle::WriteCheckpointState(disk, find::JoinPath(split.folder, "checkpoint"), state));
  savable.SetSaves(count);
  return path;
}

}  // namespace regraft::train
