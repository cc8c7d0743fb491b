// testing/simulated_disk.h - a disk in memory that fills up, fails, and loses power.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::testing {

enum class Fault {
  kPower,    ///< This and every later operation does nothing and fails.
  kNoSpace,  ///< This operation fails as on a full disk; an append has written a part.
  kBroken,   ///< This operation fails as on a broken disk; an append has written a part.
};

/// Changes are counted as operations: creating, appending, replacing, syncing, renaming, linking,
/// removing, making folders. Reading is free and never fails.
///
/// What a loss of power may do is as bad as POSIX allows: of every file, whatever was appended
/// since its last Sync() may be there, torn, zeros, or missing, each append on its own; and
/// every new, renamed or removed name since the last SyncFolder() of its folder has come to
/// pass or not, each on its own. Making a folder is not lost.
/// Threads: for one thread.
class SimulatedDisk final : public io::Disk {
 public:
  using Files = std::map<std::string, std::string>;

  /// A disk on which these files have been for long.
  explicit SimulatedDisk(const Files& content = {});
  ~SimulatedDisk() override;

  /// The `nth` operation from the beginning of time (from 1) meets the fault.
  void FailAt(std::uint64_t nth, Fault fault);
  std::uint64_t operations() const { return operations_; }

  /// What a running program sees.
  Files Content() const;
  /// What is found after the power fails now; another seed, other luck.
  Files AfterPowerLoss(std::uint64_t seed) const;

  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override;
  Result<std::unique_ptr<io::OutputFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<io::OutputFile>> CreateTemporary(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& existing, const std::string& fresh) override;
  Status Remove(const std::string& path) override;
  Status MakeFolders(const std::string& path) override;
  Status SyncFile(const std::string& path) override;
  Status SyncFolder(const std::string& path) override;
  Result<std::optional<io::FileInfo>> Look(const std::string& path) const override;
  Result<std::vector<std::string>> List(const std::string& folder) const override;
  std::optional<std::uint64_t> FreeBytes(const std::string& path) const override;

 private:
  friend class SimulatedOutput;
  struct File {
    std::string synced;
    std::vector<std::string> appended;  // Since then.
    std::string All() const;
    char& At(std::uint64_t offset);
    void Sync();
  };
  using FilePtr = std::shared_ptr<File>;
  using Names = std::map<std::string, FilePtr>;
  // A change of names that may be lost: `file` gets the name `to` and loses the name `from`.
  struct Change {
    FilePtr file;
    std::string from;  // Empty: it keeps its names.
    std::string to;    // Empty: it gets none.
    void ApplyTo(Names& names) const;
    bool In(const std::string& folder) const;
  };

  // Counts an operation; its error if it is to fail.
  Status Operation(const char* slug, const std::string& path, bool* partly = nullptr);
  void Make(Change change);
  bool IsFolder(const std::string& path) const;

  Names names_;
  Names durable_;
  std::vector<Change> pending_;
  std::set<std::string> folders_;
  std::uint64_t operations_ = 0;
  std::uint64_t temporaries_ = 0;
  std::uint64_t fail_at_ = 0;
  Fault fault_ = Fault::kPower;
};

}  // namespace regraft::testing
