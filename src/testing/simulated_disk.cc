#include "testing/simulated_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/try.h"

namespace regraft::testing {
namespace {

Error Missing(const std::string& path) {
  return Error(ErrorCode::kNotFound, "io/not-found", "there is no such file").InFile(path);
}

// Numbers that are the same on every machine, unlike those of the standard distributions.
class Luck {
 public:
  explicit Luck(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t Below(std::uint64_t bound) { return engine_() % bound; }
  bool Coin() { return Below(2) == 0; }

 private:
  std::mt19937_64 engine_;
};

// What is left of a file: appends that are lost leave zeros if a later one is not.
std::string Survivor(const std::string& synced, const std::vector<std::string>& appended,
                     Luck& luck) {
  std::string out = synced;
  std::size_t end = out.size();
  for (const std::string& bytes : appended) {
    const std::uint64_t fate = luck.Below(4);  // There, torn, zeros, missing.
    const std::size_t kept = fate == 0   ? bytes.size()
                             : fate == 1 ? static_cast<std::size_t>(luck.Below(bytes.size() + 1))
                                         : 0;
    const std::size_t start = out.size();
    out.append(bytes, 0, kept);
    out.resize(start + bytes.size(), '\0');
    if (fate < 3) end = fate == 1 ? start + kept : out.size();
  }
  out.resize(end);
  return out;
}

}  // namespace

class SimulatedOutput final : public io::OutputFile {
 public:
  SimulatedOutput(SimulatedDisk* disk, std::string path, std::shared_ptr<SimulatedDisk::File> file)
      : disk_(disk), path_(std::move(path)), file_(std::move(file)) {}

  const std::string& path() const override { return path_; }
  std::uint64_t size() const override { return size_; }

  Status Append(std::span<const std::byte> bytes) override {
    bool partly = false;
    Status done = disk_->Operation("io/write", path_, &partly);
    if (!done && !partly) return done;
    const std::size_t count = done ? bytes.size() : bytes.size() / 2;
    file_->appended.emplace_back(reinterpret_cast<const char*>(bytes.data()), count);
    size_ += count;
    return done;
  }

  Status AppendRange(const io::ByteSource& from, std::uint64_t offset,
                     std::uint64_t length) override {
    std::vector<std::byte> bytes(static_cast<std::size_t>(length));
    REGRAFT_CHECK(from.ReadAt(offset, bytes));
    return Append(bytes);
  }

  // In the past of the file, as far as it has not been synced: what is lost of an append is lost
  // with what replaced it.
  Status Replace(std::uint64_t offset, std::span<const std::byte> bytes) override {
    REGRAFT_CHECK(disk_->Operation("io/write", path_));
    for (const std::byte byte : bytes) file_->At(offset++) = static_cast<char>(byte);
    return {};
  }

  Status Sync() override {
    REGRAFT_CHECK(disk_->Operation("io/sync", path_));
    file_->Sync();
    return {};
  }

 private:
  SimulatedDisk* const disk_;
  const std::string path_;
  const std::shared_ptr<SimulatedDisk::File> file_;
  std::uint64_t size_ = 0;
};

std::string SimulatedDisk::File::All() const {
  std::string out = synced;
  for (const std::string& bytes : appended) out += bytes;
  return out;
}

char& SimulatedDisk::File::At(std::uint64_t offset) {
  if (offset < synced.size()) return synced[static_cast<std::size_t>(offset)];
  offset -= synced.size();
  auto chunk = appended.begin();
  for (; offset >= chunk->size(); ++chunk) offset -= chunk->size();
  return (*chunk)[static_cast<std::size_t>(offset)];
}

void SimulatedDisk::File::Sync() {
  synced = All();
  appended.clear();
}

void SimulatedDisk::Change::ApplyTo(Names& names) const {
  // The name may be another file's by now, if changes came to pass in part.
  const auto old = names.find(from);
  if (old != names.end() && old->second == file) names.erase(old);
  if (!to.empty()) names[to] = file;
}

bool SimulatedDisk::Change::In(const std::string& folder) const {
  return (!from.empty() && io::FolderOf(from) == folder) ||
         (!to.empty() && io::FolderOf(to) == folder);
}

SimulatedDisk::SimulatedDisk(const Files& content) {
  folders_ = {".", "/"};
  for (const auto& [path, bytes] : content) {
    names_[path] = std::make_shared<File>(File{bytes, {}});
    for (std::string folder = io::FolderOf(path); folders_.insert(folder).second;) {
      folder = io::FolderOf(folder);
    }
  }
  durable_ = names_;
}

SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::FailAt(std::uint64_t nth, Fault fault) {
  fail_at_ = nth;
  fault_ = fault;
}

Status SimulatedDisk::Operation(const char* slug, const std::string& path, bool* partly) {
  ++operations_;
  const bool power_lost = fault_ == Fault::kPower && fail_at_ != 0 && operations_ > fail_at_;
  if (operations_ != fail_at_ && !power_lost) return {};
  if (partly != nullptr) *partly = fault_ != Fault::kPower;
  switch (fault_) {
    case Fault::kPower:
      return Fail(Error(ErrorCode::kIo, "test/power", "the power is lost").InFile(path));
    case Fault::kNoSpace:
      return Fail(Error(ErrorCode::kIo, "io/no-space", "the disk is full").InFile(path));
    case Fault::kBroken:
      return Fail(Error(ErrorCode::kIo, slug, "the disk is broken").InFile(path));
  }
  return {};
}

void SimulatedDisk::Make(Change change) {
  change.ApplyTo(names_);
  pending_.push_back(std::move(change));
}

SimulatedDisk::Files SimulatedDisk::Content() const {
  Files out;
  for (const auto& [path, file] : names_) out[path] = file->All();
  return out;
}

SimulatedDisk::Files SimulatedDisk::AfterPowerLoss(std::uint64_t seed) const {
  Luck luck(seed);
  Names names = durable_;
  for (const Change& change : pending_) {
    if (luck.Coin()) change.ApplyTo(names);
  }
  std::map<const File*, std::string> survivors;  // A file with two names is one file.
  Files out;
  for (const auto& [path, file] : names) {
    const auto [at, fresh] = survivors.try_emplace(file.get());
    if (fresh) at->second = Survivor(file->synced, file->appended, luck);
    out[path] = at->second;
  }
  return out;
}

Result<std::unique_ptr<const io::ByteSource>> SimulatedDisk::Open(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end()) return Fail(Missing(path));
  const std::string all = found->second->All();
  return io::MemorySource(path, std::as_bytes(std::span(all)));
}

Result<std::unique_ptr<io::OutputFile>> SimulatedDisk::Create(const std::string& path) {
  REGRAFT_CHECK(Operation("io/create", path));
  if (Stat(path)) return Fail(Error(ErrorCode::kIo, "io/exists", "the name is taken").InFile(path));
  if (!IsFolder(io::FolderOf(path))) {
    return Fail(Error(ErrorCode::kIo, "io/create", "there is no such folder").InFile(path));
  }
  const auto file = std::make_shared<File>();
  Make({file, "", path});
  return std::make_unique<SimulatedOutput>(this, path, file);
}

Result<std::unique_ptr<io::OutputFile>> SimulatedDisk::CreateTemporary(const std::string& path) {
  std::string name;
  do {
    name = fmt::format("{}.tempstate{}", path, ++temporaries_);
  } while (Stat(name));
  return Create(name);
}

Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  REGRAFT_CHECK(Operation("io/rename", from));
  const auto found = names_.find(from);
  if (found == names_.end()) return Fail(Missing(from));
  Make({FilePtr(found->second), from, to});
  return {};
}

Status SimulatedDisk::Link(const std::string& existing, const std::string& fresh) {
  REGRAFT_CHECK(Operation("io/link", existing));
  const auto found = names_.find(existing);
  if (found == names_.end()) return Fail(Missing(existing));
  if (Stat(fresh)) {
    return Fail(Error(ErrorCode::kIo, "io/exists", "the name is taken").InFile(fresh));
  }
  Make({FilePtr(found->second), "", fresh});
  return {};
}

Status SimulatedDisk::Remove(const std::string& path) {
  REGRAFT_CHECK(Operation("io/remove", path));
  const auto found = names_.find(path);
  if (found != names_.end()) {
    Make({FilePtr(found->second), path, ""});
  } else if (IsFolder(path)) {
    const auto content = List(path);
    if (!content || !content->empty()) {
      return Fail(Error(ErrorCode::kIo, "io/remove", "the folder is not empty").InFile(path));
    }
    folders_.erase(path);
  }
  return {};
}

Status SimulatedDisk::MakeFolders(const std::string& path) {
  REGRAFT_CHECK(Operation("io/create", path));
  for (std::string folder = path; folders_.insert(folder).second;) folder = io::FolderOf(folder);
  return {};
}

Status SimulatedDisk::SyncFile(const std::string& path) {
  REGRAFT_CHECK(Operation("io/sync", path));
  const auto found = names_.find(path);
  if (found == names_.end()) return Fail(Missing(path));
  found->second->Sync();
  return {};
}

Status SimulatedDisk::SyncFolder(const std::string& path) {
  REGRAFT_CHECK(Operation("io/sync", path));
  for (const Change& change : pending_) {
    if (change.In(path)) change.ApplyTo(durable_);
  }
  std::erase_if(pending_, [&](const Change& change) { return change.In(path); });
  return {};
}

bool SimulatedDisk::IsFolder(const std::string& path) const { return folders_.contains(path); }

Result<std::optional<io::FileInfo>> SimulatedDisk::Look(const std::string& path) const {
  if (IsFolder(path)) {
    return std::optional(io::FileInfo{io::FileKind::kDirectory, 0, 0});
  }
  const auto found = names_.find(path);
  if (found == names_.end()) return std::optional<io::FileInfo>();
  return std::optional(io::FileInfo{io::FileKind::kFile, found->second->All().size(), 0});
}

Result<std::vector<std::string>> SimulatedDisk::List(const std::string& given) const {
  const std::string folder = given.empty() ? "." : given;
  if (!IsFolder(folder)) return Fail(Missing(folder));
  std::vector<std::string> out;
  const auto add = [&](const std::string& path) {
    if (path != folder && io::FolderOf(path) == folder) {
      out.push_back(path.substr(path.rfind('/') + 1));
    }
  };
  for (const auto& [path, file] : names_) add(path);
  for (const std::string& path : folders_) add(path);
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<std::uint64_t> SimulatedDisk::FreeBytes(const std::string&) const {
  return std::nullopt;
}

}  // namespace regraft::testing
