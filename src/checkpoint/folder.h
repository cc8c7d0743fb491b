// checkpoint/folder.h - the checkpoints that lie in a folder, and whether they are whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::checkpoint {

/// "a/b" -> {"a", "b"}; "b" -> {"", "b"}; "/b" -> {"/", "b"}.
struct SplitPath {
  std::string folder;
  std::string name;
};
SplitPath SplitLast(std::string_view path);
/// The name inside the folder; the name alone if the folder is empty.
std::string JoinPath(std::string_view folder, std::string_view name);

/// Why a checkpoint cannot be used, or nothing if its index opens and every data file that
/// it refers to is there and long enough. Cost: reads the index.
std::optional<std::string> WhyIncomplete(const io::FileSystem& files, const std::string& prefix);

/// A checkpoint found by its index file.
struct Found {
  std::string prefix;
  std::int64_t step = -1;        ///< The number behind the last '-' of its name, or -1.
  std::int64_t modified_ns = 0;  ///< Of the index file.
};

/// The checkpoints of a folder, newest first: by the number in the name, then by the time of
/// the index file, then by name. Errors: those of io::ListDirectory.
Result<std::vector<Found>> ListCheckpoints(const std::string& folder);

/// "ckpt-7" for the stem "ckpt": the rest is '-' and digits.
bool HasStem(const std::string& prefix, const std::string& stem);

/// "model.ckpt-42, model.ckpt-40 (incomplete: ...)" of the checkpoints in a folder, the nearest
/// to `wanted` first, and the first whole one among them.
struct Nearby {
  std::string list;   ///< Empty if there is none.
  std::string whole;  ///< Its prefix, or empty.
};
Nearby DescribeFolder(const io::FileSystem& files, const std::string& folder,
                      std::string_view wanted);

}  // namespace regraft::checkpoint
