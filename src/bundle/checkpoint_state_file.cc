#include "bundle/checkpoint_state_file.h"

#include <cstdint>
#include <memory>
#include <span>

#include "base/try.h"
#include "io/directory.h"

namespace regraft::bundle {
namespace {

constexpr std::uint64_t kMaxStateBytes = std::uint64_t{16} << 20;

Status WriteAndSync(io::Disk& disk, const std::string& path, const std::string& text,
                    std::string* temporary) {
  REGRAFT_TRY(const std::unique_ptr<io::OutputFile> file, disk.CreateTemporary(path));
  *temporary = file->path();
  REGRAFT_CHECK(file->Append(std::as_bytes(std::span(text))));
  return file->Sync();
}

}  // namespace

Result<std::optional<CheckpointState>> ReadCheckpointState(const io::Files& files,
                                                           const std::string& path) {
  const Result<std::string> text = io::ReadWholeFile(files, path, kMaxStateBytes);
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return std::optional<CheckpointState>();
    return Fail(text.error());
  }
  Result<CheckpointState> state = ParseCheckpointState(*text);
  if (!state) return Fail(std::move(state.error()).InFile(path));
  return std::optional<CheckpointState>(*std::move(state));
}

Status WriteCheckpointState(io::Disk& disk, const std::string& path, const CheckpointState& state) {
  std::string temporary;
  Status done = WriteAndSync(disk, path, FormatCheckpointState(state), &temporary);
  if (done) done = disk.Rename(temporary, path);
  if (!done) {
    // What failed first is what the caller has to know.
    if (!temporary.empty()) static_cast<void>(disk.Remove(temporary));
    return done;
  }
  return disk.SyncFolder(io::FolderOf(path));
}

}  // namespace regraft::bundle
