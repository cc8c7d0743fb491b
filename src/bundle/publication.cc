#include "bundle/publication.h"

#include <fmt/format.h>

#include <set>
#include <span>
#include <utility>

#include "base/try.h"
#include "io/directory.h"
#include "table/table_reader.h"
#include "wire/messages.h"

namespace regraft::bundle {

Result<Publication> Publication::Begin(io::Disk& disk, std::string prefix, bool overwrite) {
  Publication out(disk, std::move(prefix), overwrite);
  REGRAFT_CHECK(out.CheckFree());
  const std::string folder = io::FolderOf(out.prefix_);
  std::string missing = folder;
  while (!disk.Stat(missing)) {
    out.made_folders_.push_back(missing);
    std::string above = io::FolderOf(missing);
    if (above == missing) break;
    missing = std::move(above);
  }
  if (!out.made_folders_.empty()) REGRAFT_CHECK(disk.MakeFolders(folder));
  return out;
}

Publication::Publication(Publication&& other) noexcept
    : disk_(other.disk_),
      prefix_(std::move(other.prefix_)),
      overwrite_(other.overwrite_),
      committed_(std::exchange(other.committed_, true)),
      data_(std::move(other.data_)),
      made_(std::move(other.made_)),
      made_folders_(std::move(other.made_folders_)) {}

Publication::~Publication() { Abandon(); }

void Publication::Abandon() {
  if (std::exchange(committed_, true)) return;
  // What cannot be removed stays: there is already an error to tell, or no one to tell it to.
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) (void)disk_->Remove(*path);
  for (const std::string& folder : made_folders_) (void)disk_->Remove(folder);
}

Status Publication::CheckFree() const {
  if (overwrite_ || !disk_->Stat(index_path())) return {};
  return Fail(
      Error(ErrorCode::kIo, "checkpoint/exists", "there is a checkpoint of this name already")
          .InFile(index_path())
          .Offer({{{Option::kOverwrite}}, "replaces it, in one step"}));
}

Result<std::unique_ptr<io::OutputFile>> Publication::AddDataFile() {
  REGRAFT_TRY(auto file,
              disk_->CreateTemporary(fmt::format("{}.data-{:05}", prefix_, data_.size())));
  data_.push_back({file->path(), false});
  made_.push_back(file->path());
  return file;
}

void Publication::AddLink(std::string existing) { data_.push_back({std::move(existing), true}); }

std::vector<DataFileName> Publication::DataFiles() const {
  std::vector<DataFileName> out;
  const auto names = disk_->List(io::FolderOf(prefix_));
  if (!names) return out;
  const std::string base = prefix_.substr(prefix_.rfind('/') + 1);
  for (const std::string& name : *names) {
    const auto parsed = DataFileName::Parse(name);
    if (parsed && name == parsed->Under(base)) out.push_back(*parsed);
  }
  return out;
}

std::int32_t Publication::CountShards() const {
  auto count = static_cast<std::int32_t>(data_.size());
  if (!disk_->Stat(index_path())) return count;
  std::set<std::int32_t> taken;
  for (const DataFileName& name : DataFiles()) taken.insert(name.num_shards);
  while (taken.contains(count)) ++count;
  return count;
}

Status Publication::NameDataFile(const DataFile& file, const std::string& name) {
  // First, so that a failure removes it: under this name there is nothing of use to anyone.
  made_.push_back(name);
  if (!file.link) return disk_->Rename(file.path, name);
  // TensorFlow has not synced it.
  REGRAFT_CHECK(disk_->SyncFile(file.path));
  Status linked = disk_->Link(file.path, name);
  if (linked || linked.error().slug != "io/exists") return linked;
  REGRAFT_CHECK(disk_->Remove(name));
  return disk_->Link(file.path, name);
}

Status Publication::WriteIndex(std::string_view index, std::string* temporary) {
  REGRAFT_TRY(const auto file, disk_->CreateTemporary(index_path()));
  *temporary = file->path();
  made_.push_back(*temporary);
  REGRAFT_CHECK(file->Append(std::as_bytes(std::span(index))));
  return file->Sync();
}

// Of the checkpoint that is replaced; 0 if there is none, or its index does not say.
std::int32_t Publication::OldShards() const {
  const auto file = disk_->Open(index_path());
  if (!file) return 0;
  std::int32_t shards = 0;
  (void)table::ScanTable(**file, {}, [&](std::string_view key, std::string_view value) -> Status {
    if (key.empty()) {
      const auto header = wire::DecodeBundleHeader(value);
      if (header) shards = header->num_shards;
    }
    return Fail(Error());  // The first record is enough.
  });
  return shards;
}

// A reader may have the files open still; they are then gone when it ends.
void Publication::RemoveOldData(std::int32_t old_shards, std::int32_t shards) {
  if (old_shards == 0 || old_shards == shards) return;
  for (const DataFileName& name : DataFiles()) {
    if (name.num_shards == old_shards) (void)disk_->Remove(name.Under(prefix_));
  }
}

Status Publication::Commit(std::string_view index, std::int32_t shards) {
  const std::string folder = io::FolderOf(prefix_);
  while (data_.size() < static_cast<std::size_t>(shards)) {
    REGRAFT_TRY(const auto empty, AddDataFile());
    REGRAFT_CHECK(empty->Sync());
  }
  std::string temporary;
  REGRAFT_CHECK(WriteIndex(index, &temporary));
  const std::int32_t old_shards = OldShards();
  // Data files without an index are of no use to anyone, once it is certain that the index'
  // removal is on the disk too.
  for (const DataFileName& name : DataFiles()) {
    if (name.num_shards != shards) continue;
    REGRAFT_CHECK(disk_->SyncFolder(folder));
    break;
  }
  std::int32_t shard = 0;
  for (const DataFile& file : data_) {
    REGRAFT_CHECK(NameDataFile(file, DataFileName{shard++, shards}.Under(prefix_)));
  }
  REGRAFT_CHECK(disk_->SyncFolder(folder));
  REGRAFT_CHECK(CheckFree());
  REGRAFT_CHECK(disk_->Rename(temporary, index_path()));
  committed_ = true;
  if (Status synced = disk_->SyncFolder(folder); !synced) {
    return Fail(std::move(synced).error().With(
        "note", "the new checkpoint is in place, but may be gone after a power failure"));
  }
  RemoveOldData(old_shards, shards);
  return {};
}

}  // namespace regraft::bundle
