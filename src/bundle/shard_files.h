// bundle/shard_files.h - the data files of a bundle, opened when they are needed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "bundle/data_file_name.h"
#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::bundle {

/// Threads: Get() may be called from many threads at once.
class ShardFiles {
 public:
  /// `files` must outlive this object.
  ShardFiles(const io::FileSystem& files, std::string prefix, std::int32_t num_shards)
      : files_(files), prefix_(std::move(prefix)), num_shards_(num_shards) {}

  std::string Path(std::int32_t shard) const {
    return DataFileName{shard, num_shards_}.Under(prefix_);
  }

  /// The file of a shard, opened at the first call and kept. A failure is not kept: the
  /// file may be put in place meanwhile.
  /// Errors: kNotFound "bundle/shard-missing" with the names of data files that are there;
  ///         those of FileSystem::Open.
  Result<std::shared_ptr<const io::ByteSource>> Get(std::int32_t shard) const;

 private:
  Error MissingError(const std::string& path) const;

  const io::FileSystem& files_;
  const std::string prefix_;
  const std::int32_t num_shards_;
  mutable std::mutex mutex_;
  // Not a vector: the header's number of shards is not to be believed before files exist.
  mutable std::map<std::int32_t, std::shared_ptr<const io::ByteSource>> open_;
};

}  // namespace regraft::bundle
