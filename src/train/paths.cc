#include "train/paths.h"

#include "base/try.h"
#include "regraft/find.h"
#include "regraft/train.h"

namespace regraft::train {

Result<CheckpointReader> OpenSource(const std::optional<std::string>& path) {
  if (path && !path->empty()) return CheckpointReader::Open(*path);
  return Fail(Error(ErrorCode::kInvalidArgument, "train/no-path",
                    path ? "the checkpoint's path is empty, so there is nothing to restore from"
                         : "there is no checkpoint path, so there is nothing to restore from")
                  .With("note", "TensorFlow's restore(None) does nothing here, and says nothing")
                  .Offer({{{Option::kLatestCheckpoint, "FOLDER"}},
                          "finds the newest complete checkpoint, or says why there is none",
                          true}));
}

Result<std::string> LatestCheckpoint(const std::string& where) {
  REGRAFT_TRY(Latest latest, FindLatest(where));
  return std::move(latest.prefix);
}

}  // namespace regraft::train
