// bundle/publication.h - how the files of a new checkpoint get their names.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle/data_file_name.h"
#include "io/disk.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// The files of one checkpoint that is being written. They have temporary names until
/// Commit() renames them, data first; the index' rename is the moment at which the checkpoint
/// is there. Data files that an older checkpoint of the prefix needs keep their names until
/// then (docs/format/bundle.md, "Writing").
class Publication {
 public:
  /// Makes the folder of `prefix`. Errors: kIo "checkpoint/exists", those of io::Disk.
  static Result<Publication> Begin(io::Disk& disk, std::string prefix, bool overwrite);
  Publication(Publication&& other) noexcept;
  Publication& operator=(Publication&&) = delete;
  /// Unless committed: Abandon().
  ~Publication();

  /// The next data file, empty, under a temporary name. The caller writes and syncs it.
  Result<std::unique_ptr<io::OutputFile>> AddDataFile();
  /// Takes a file that exists for the next data file: Commit() gives it a second name.
  void AddLink(std::string existing);

  /// How many data files the checkpoint is to have so that none has the name of one that
  /// there is: those added, and empty ones. The index must say this number.
  std::int32_t CountShards() const;
  /// Makes the checkpoint of the data files and this index appear, with `shards` data files.
  /// On an error nothing of it is left; but if only the last step failed, it is there and the
  /// error says so.
  Status Commit(std::string_view index, std::int32_t shards);
  /// Removes every file, and folder, that was made. What there was before is untouched.
  void Abandon();

 private:
  struct DataFile {
    std::string path;
    bool link = false;
  };

  Publication(io::Disk& disk, std::string prefix, bool overwrite)
      : disk_(&disk), prefix_(std::move(prefix)), overwrite_(overwrite) {}

  std::string index_path() const { return prefix_ + ".index"; }
  Status CheckFree() const;
  Status NameDataFile(const DataFile& file, const std::string& name);
  Status WriteIndex(std::string_view index, std::string* temporary);
  std::int32_t OldShards() const;
  std::vector<DataFileName> DataFiles() const;  // Of the prefix, whatever index they belong to.
  void RemoveOldData(std::int32_t old_shards, std::int32_t shards);

  io::Disk* disk_;
  std::string prefix_;
  bool overwrite_;
  bool committed_ = false;
  std::vector<DataFile> data_;
  std::vector<std::string> made_;          // Files to remove if there is no commit.
  std::vector<std::string> made_folders_;  // Innermost first.
};

}  // namespace regraft::bundle
