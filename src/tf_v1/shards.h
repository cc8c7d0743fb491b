// tf_v1/shards.h - the files of a V1 checkpoint, by the names that they have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::tf_v1 {

/// "m-00001-of-00003" taken apart.
struct ShardName {
  std::string_view stem;  ///< "m", with the folder if the name has one.
  std::uint32_t number = 0;
  std::uint32_t count = 0;
};
/// Nothing if the name does not end so, or counts beyond the number of shards.
std::optional<ShardName> ParseShardName(std::string_view path);

/// The files that belong to a path: all shards of one of them, of the stem that they share, or of
/// the pattern "m-?????-of-00003" by which TensorFlow names them; or the file itself. They need not
/// all exist. Empty if there is none.
/// Errors: kInvalidArgument "tf-v1/two-sets"; those of io::Files::List.
Result<std::vector<std::string>> FilesOf(const io::Files& files, const std::string& path);

/// True if the first of these files is of this format.
bool IsCheckpoint(const io::Files& files, const std::string& path);

/// The checkpoints in a folder by what opens them: a file, or the stem of its shards. Those with
/// the highest numbers at their ends first. Looks into a limited number of files.
std::vector<std::string> ListCheckpoints(const io::Files& files, const std::string& folder);

/// True if the content of the file is of this format. Reads a constant number of bytes.
bool Matches(const io::ByteSource& file);

}  // namespace regraft::tf_v1
