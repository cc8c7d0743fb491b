// regraft/manager.h - keeping the newest checkpoints of a folder, as tf.train.CheckpointManager.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regraft/error.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "regraft/savable.h"
#include "regraft/train.h"
#include "regraft/variable.h"
#include "regraft/writer.h"

namespace regraft::train {

/// The arguments of tf.train.CheckpointManager.
struct ManagerOptions {
  /// How many checkpoints the manager keeps; none: all. At least 1.
  std::optional<std::int64_t> max_to_keep = {};
  /// Of those that `max_to_keep` would delete, one is kept for good every so many hours.
  std::optional<double> keep_checkpoint_every_n_hours = {};
  /// Checkpoints are called <checkpoint_name>-<number>.
  std::string checkpoint_name = "ckpt";
  /// An int32 or int64 scalar that says how far the program is, for `checkpoint_interval`.
  std::optional<Variable> step_counter = {};
  /// Save() does nothing before so many steps have passed since the last one.
  std::optional<std::int64_t> checkpoint_interval = {};
  /// Called by RestoreOrInitialize() if there is nothing to restore.
  std::function<Status()> init_fn = {};

  WriteOptions write = {};
  /// Seconds since the epoch; empty: the system's clock.
  std::function<double()> now = {};
  /// Null: the system's.
  io::Disk* disk = nullptr;
};

/// Saves numbered checkpoints into a folder, deletes old ones, and keeps the folder's
/// `checkpoint` state file. A folder may be used by TensorFlow's manager and by this one in
/// turns: numbers, times and what is kept go on.
///
/// What differs from TensorFlow, so that nothing is lost:
///  - A state file that cannot be read is an error, not a new beginning.
///  - A program that has not restored the save counter may not replace a checkpoint of the
///    same number that an earlier program left ("train/would-replace").
///  - The state file never names files that are being deleted. (A crash in between leaves
///    files that nothing names; TensorFlow leaves names of files that are gone.)
///  - Only checkpoints below the folder are deleted, whatever the state file names.
///  - A Save() that failed does not count: neither the number nor the step of it is used up.
///
/// Threads: for one thread, and one manager a folder.
class CheckpointManager {
 public:
  /// Reads the folder's state file, if it has one. Changes nothing.
  /// Errors: kInvalidArgument "train/bad-manager" for options that contradict themselves;
  ///         kCorrupt "state/bad-text", "state/no-path"; kIo.
  static Result<CheckpointManager> Open(Checkpoint checkpoint, std::string folder,
                                        ManagerOptions options = {});
  /// The same for anything that is saved. Pre: not null.
  static Result<CheckpointManager> Open(std::shared_ptr<Savable> savable, std::string folder,
                                        ManagerOptions options = {});
  CheckpointManager(CheckpointManager&&) = default;
  CheckpointManager& operator=(CheckpointManager&&) = default;

  /// Saves <folder>/<checkpoint_name>-<number> and deletes what `max_to_keep` says. The number
  /// is the checkpoint's save counter after this save, or `checkpoint_number`; the counter
  /// advances in any case. Returns the path; nothing if `checkpoint_interval` says that it is
  /// too early (unless `check_interval` is false and the step is another one).
  ///
  /// Order: the checkpoint, the state file, deletions; each is on the disk before the next.
  /// Errors: as Checkpoint::Save(); kUnmet "train/would-replace"; kIo. After an error that
  ///         names a saved checkpoint ("saved: ...") only a deletion has failed.
  [[nodiscard]] Result<std::optional<std::string>> Save(
      std::optional<std::int64_t> checkpoint_number = {}, bool check_interval = true);

  /// Restores the latest checkpoint, if there is one; otherwise calls `init_fn` and returns
  /// nothing. Errors: as Checkpoint::Restore(); those of `init_fn`.
  [[nodiscard]] Result<std::optional<Report>> RestoreOrInitialize(
      const Rules& rules = {}, const RestoreOptions& options = {});

  /// Says that what is saved has its values from latest_checkpoint(), though not by
  /// RestoreOrInitialize(): `checkpoint_interval` counts from the step that it has now.
  void Restored();

  /// Those that are kept until `max_to_keep` says otherwise, oldest first. What was kept for
  /// good is not among them.
  std::vector<std::string> checkpoints() const;
  /// The one that was saved last, as far as the state file and this object know.
  std::optional<std::string> latest_checkpoint() const;
  const std::string& folder() const { return folder_; }

 private:
  struct Kept {
    std::string stated;  // As the state file has it: relative to the folder, or absolute.
    double time = 0;
  };
  CheckpointManager(std::shared_ptr<Savable> savable, std::string folder, ManagerOptions options);
  io::Disk& disk() const;
  double Now() const;
  Status Recover();
  std::string PathOf(const std::string& stated) const;
  Status CheckReplaces(const std::string& path) const;
  std::vector<std::string> Sweep(std::vector<Kept>& kept, double& last_preserved) const;
  Status Delete(const std::vector<std::string>& swept) const;

  std::shared_ptr<Savable> savable_;
  std::string folder_;
  ManagerOptions options_;
  std::vector<Kept> kept_;
  std::string latest_;  // As `stated`; empty: none.
  double last_preserved_ = 0;
  bool found_state_ = false;
  std::string attempted_;  // The path of the last save, which may have failed half way.
  std::optional<std::int64_t> last_step_;
};

}  // namespace regraft::train
