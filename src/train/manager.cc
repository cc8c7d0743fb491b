#include "regraft/manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/checked.h"
#include "base/text.h"
#include "base/try.h"
#include "bundle/checkpoint_state_file.h"
#include "find/folder.h"
#include "find/locate.h"
#include "find/prefix.h"
#include "io/clock.h"
#include "io/directory.h"
#include "io/disk.h"
#include "regraft/checkpoint.h"
#include "regraft/rules.h"
#include "regraft/writer.h"

namespace regraft::train {
namespace {

constexpr double kSecondsPerHour = 3600;

Error BadManager(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "train/bad-manager", std::move(message));
}

bool IsStep(const TensorSpec& spec) {
  return (spec.dtype == DType::kInt64 || spec.dtype == DType::kInt32) && spec.shape.rank() == 0;
}

std::int64_t StepOf(const Variable& counter) {
  return counter.spec().dtype == DType::kInt64 ? counter.data<std::int64_t>()[0]
                                               : counter.data<std::int32_t>()[0];
}

Status CheckOptions(const ManagerOptions& options) {
  if (options.max_to_keep && *options.max_to_keep <= 0) {
    return Fail(BadManager(fmt::format("max_to_keep is {}", *options.max_to_keep))
                    .Hint("at least 1; leave it out to keep all"));
  }
  if (options.keep_checkpoint_every_n_hours && !(*options.keep_checkpoint_every_n_hours >= 0)) {
    return Fail(BadManager(fmt::format("keep_checkpoint_every_n_hours is {}",
                                       *options.keep_checkpoint_every_n_hours)));
  }
  if (options.checkpoint_name.empty() || options.checkpoint_name.front() == '/') {
    return Fail(BadManager(fmt::format("'{}' is no checkpoint_name", options.checkpoint_name))
                    .Hint("a name within the folder, such as \"ckpt\""));
  }
  if (options.checkpoint_interval && !options.step_counter) {
    return Fail(BadManager("checkpoint_interval needs a step_counter"));
  }
  if (options.step_counter && !IsStep(options.step_counter->spec())) {
    return Fail(BadManager(fmt::format("the step_counter {} is {}", options.step_counter->name(),
                                       options.step_counter->spec().ToString()))
                    .Hint("it must be an int32 or int64 scalar"));
  }
  return {};
}

// A way that stays below the folder it starts from.
bool StaysBelow(std::string_view relative) {
  if (relative.starts_with('/')) return false;
  const std::vector<std::string_view> parts = Split(relative, '/');
  return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

}  // namespace

CheckpointManager::CheckpointManager(std::shared_ptr<Savable> savable, std::string folder,
                                     ManagerOptions options)
    : savable_(std::move(savable)), folder_(std::move(folder)), options_(std::move(options)) {
  while (folder_.size() > 1 && folder_.ends_with('/')) folder_.pop_back();
}

io::Disk& CheckpointManager::disk() const {
  return options_.disk != nullptr ? *options_.disk : io::RealDisk();
}

double CheckpointManager::Now() const { return options_.now ? options_.now() : io::SecondsNow(); }

std::string CheckpointManager::PathOf(const std::string& stated) const {
  return stated.starts_with('/') ? stated : find::JoinPath(folder_, stated);
}

Result<CheckpointManager> CheckpointManager::Open(Checkpoint checkpoint, std::string folder,
                                                  ManagerOptions options) {
  Savable* const savable = new Checkpoint(std::move(checkpoint));  // To its friends only.
  return Open(std::shared_ptr<Savable>(savable), std::move(folder), std::move(options));
}

Result<CheckpointManager> CheckpointManager::Open(std::shared_ptr<Savable> savable,
                                                  std::string folder, ManagerOptions options) {
  REGRAFT_CHECK(CheckOptions(options));
  CheckpointManager manager(std::move(savable), std::move(folder), std::move(options));
  // A folder that nothing can be saved in is refused before hours of work, not after.
  REGRAFT_CHECK(find::CheckNewPrefix(find::JoinPath(manager.folder_, "ckpt")));
  REGRAFT_CHECK(manager.Recover());
  return manager;
}

Status CheckpointManager::Recover() {
  const std::string file = find::JoinPath(folder_, "checkpoint");
  REGRAFT_TRY(const std::optional<bundle::CheckpointState> state,
              bundle::ReadCheckpointState(disk(), file));
  const double now = Now();
  if (!state) {
    // A little back, so that what is saved right now counts as later.
    last_preserved_ = now - 1;
    return {};
  }
  if (state->model_checkpoint_path.empty()) {
    return Fail(Error(ErrorCode::kCorrupt, "state/no-path",
                      "the state file names no checkpoint (it has no model_checkpoint_path)")
                    .InFile(file)
                    .Hint("delete the file to begin anew; checkpoints in the folder are then "
                          "never deleted"));
  }
  found_state_ = true;
  const std::string below = folder_ + "/";
  const auto stated = [&](const std::string& path) {
    return path.starts_with(below) && path.starts_with('/') ? path.substr(below.size()) : path;
  };
  latest_ = stated(state->model_checkpoint_path);
  // If the clock was set back, nothing that is there now may look old enough to go.
  last_preserved_ = std::min(state->last_preserved_timestamp.value_or(0), now);
  const std::vector<std::string>& paths = state->all_model_checkpoint_paths;
  const std::vector<double>& times = state->all_model_checkpoint_timestamps;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!times.empty() && i >= times.size()) break;
    const double time = std::min(times.empty() ? last_preserved_ : times[i], now);
    if (time > last_preserved_) kept_.push_back({stated(paths[i]), time});
  }
  return {};
}

std::vector<std::string> CheckpointManager::checkpoints() const {
  std::vector<std::string> paths;
  for (const Kept& kept : kept_) paths.push_back(PathOf(kept.stated));
  return paths;
}

std::optional<std::string> CheckpointManager::latest_checkpoint() const {
  if (latest_.empty()) return std::nullopt;
  return PathOf(latest_);
}

Status CheckpointManager::CheckReplaces(const std::string& path) const {
  const bool own = savable_->continues() || path == attempted_;
  if (own || !found_state_ || !disk().Stat(path + ".index")) return {};
  return Fail(Error(ErrorCode::kUnmet, "train/would-replace",
                    fmt::format("saving would replace '{}', which another program run left: the "
                                "save counter has not been restored, so numbers begin anew",
                                path))
                  .With("latest", PathOf(latest_))
                  .Offer({{{Option::kRestoreOrInitialize}}, "before the first save goes on there"})
                  .Offer({{}, "use another folder or checkpoint_name"})
                  .Offer({{}, "give the number yourself"}));
}

// Takes what is too much from `kept`; returns those whose files shall go.
std::vector<std::string> CheckpointManager::Sweep(std::vector<Kept>& kept,
                                                  double& last_preserved) const {
  std::vector<std::string> swept;
  if (!options_.max_to_keep) return swept;
  const auto most = static_cast<std::size_t>(*options_.max_to_keep);
  std::size_t gone = 0;
  for (; kept.size() - gone > most; ++gone) {
    const Kept& oldest = kept[gone];
    if (options_.keep_checkpoint_every_n_hours &&
        oldest.time - *options_.keep_checkpoint_every_n_hours * kSecondsPerHour >= last_preserved) {
      last_preserved = oldest.time;
    } else if (StaysBelow(oldest.stated)) {
      swept.push_back(PathOf(oldest.stated));
    }
  }
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(gone));
  return swept;
}

Status CheckpointManager::Delete(const std::vector<std::string>& swept) const {
  for (const std::string& path : swept) {
    const find::SplitPath split = find::SplitLast(path);
    const std::string folder = io::FolderOf(path);
    const Result<std::vector<std::string>> names = disk().List(folder);
    if (!names) {
      if (names.error().code == ErrorCode::kNotFound) continue;
      return Fail(names.error());
    }
    // The index first: without it the rest is no checkpoint.
    REGRAFT_CHECK(disk().Remove(path + ".index"));
    for (const std::string& name : *names) {
      if (find::PrefixOfDataFile(name) != split.name) continue;
      REGRAFT_CHECK(disk().Remove(find::JoinPath(split.folder, name)));
    }
    REGRAFT_CHECK(disk().SyncFolder(folder));
  }
  return {};
}

Result<std::optional<std::string>> CheckpointManager::Save(
    std::optional<std::int64_t> checkpoint_number, bool check_interval) {
  std::optional<std::int64_t> step;
  if (options_.checkpoint_interval) {
    step = StepOf(*options_.step_counter);
    if (last_step_) {
      const auto due = CheckedAdd(*last_step_, *options_.checkpoint_interval);
      const bool early = check_interval && (!due || *step < *due);
      if (*step == *last_step_ || early) return std::optional<std::string>();
    }
  }
  REGRAFT_TRY(const std::int64_t count, NextSave(*savable_));
  const std::string stated =
      fmt::format("{}-{}", options_.checkpoint_name, checkpoint_number.value_or(count));
  const std::string path = PathOf(stated);
  if (!checkpoint_number) REGRAFT_CHECK(CheckReplaces(path));
  WriteOptions write = options_.write;
  write.overwrite = true;
  REGRAFT_CHECK(savable_->WriteTo(disk(), path, count, write));
  attempted_ = path;

  std::vector<Kept> kept = kept_;
  std::erase_if(kept, [&](const Kept& each) { return PathOf(each.stated) == path; });
  kept.push_back({stated, Now()});
  double last_preserved = last_preserved_;
  const std::vector<std::string> swept = Sweep(kept, last_preserved);
  bundle::CheckpointState state;
  state.model_checkpoint_path = stated;
  for (const Kept& each : kept) {
    state.all_model_checkpoint_paths.push_back(each.stated);
    state.all_model_checkpoint_timestamps.push_back(each.time);
  }
  state.last_preserved_timestamp = last_preserved;
  REGRAFT_CHECK(bundle::WriteCheckpointState(disk(), find::JoinPath(folder_, "checkpoint"), state));

  kept_ = std::move(kept);
  last_preserved_ = last_preserved;
  latest_ = stated;
  if (step) last_step_ = step;
  savable_->SetSaves(count);
  if (Status deleted = Delete(swept); !deleted) {
    return Fail(std::move(deleted.error()).With("saved", path));
  }
  return std::optional<std::string>(path);
}

void CheckpointManager::Restored() {
  if (options_.checkpoint_interval) last_step_ = StepOf(*options_.step_counter);
}

Result<std::optional<Report>> CheckpointManager::RestoreOrInitialize(
    const Rules& rules, const RestoreOptions& options) {
  if (const std::optional<std::string> latest = latest_checkpoint()) {
    REGRAFT_TRY(const CheckpointReader source, CheckpointReader::Open(disk(), *latest, {}));
    REGRAFT_TRY(Report report, savable_->RestoreFrom(source, rules, options));
    Restored();
    return std::optional<Report>(std::move(report));
  }
  if (options_.init_fn) REGRAFT_CHECK(options_.init_fn());
  return std::optional<Report>();
}

}  // namespace regraft::train
