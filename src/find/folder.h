// find/folder.h - the checkpoints that lie in a folder, and whether they are whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"
#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::find {

/// "a/b" -> {"a", "b"}; "b" -> {"", "b"}; "/b" -> {"/", "b"}.
struct SplitPath {
  std::string folder;
  std::string name;
};
SplitPath SplitLast(std::string_view path);
/// The name inside the folder; the name alone if the folder is empty.
std::string JoinPath(std::string_view folder, std::string_view name);

/// Why a checkpoint cannot be used.
struct Incomplete {
  std::string why;
  bool refused = false;  ///< Its files may be whole, but the system does not let them be read.
};
/// Nothing if every data file that the archive refers to is there and long enough.
std::optional<Incomplete> WhyIncomplete(const io::Files& files, const archive::Archive& archive);

/// The archive of a prefix whose index opens and whose data files are so, or why there is none.
/// Cost: reads the index, and decodes it once for whoever goes on with it.
tl::expected<std::unique_ptr<const archive::Archive>, Incomplete> OpenWhole(
    const io::Files& files, const std::string& prefix);

/// A checkpoint found by its index file.
struct Found {
  std::string prefix;
  std::int64_t step = -1;        ///< The number behind the last '-' of its name, or -1.
  std::int64_t modified_ns = 0;  ///< Of the index file.
};

/// The checkpoints of a folder, newest first: by the number in the name, then by the time of
/// the index file, then by name. Errors: those of io::Files::List.
Result<std::vector<Found>> ListCheckpoints(const io::Files& files, const std::string& folder);

/// "ckpt-7" for the stem "ckpt": the rest is '-' and digits.
bool HasStem(const std::string& prefix, const std::string& stem);

/// True if a person who asked for `wanted` may have meant `name`: another number of the same
/// ("ckpt-7", "ckpt-12"), or a word with a letter wrong ("modle-7", "model-7"). What is short or
/// a number in the middle tells things apart: "gen-7" is not "dis-7", "run_1-7" not "run_2-7".
bool MayBeMeant(std::string_view wanted, std::string_view name);

/// "model.ckpt-42, model.ckpt-40 (incomplete: ...)" of the checkpoints in a folder, the nearest
/// to `wanted` first, and the first whole one among them that may be what was meant.
struct Nearby {
  std::string list;   ///< Empty if there is none.
  std::string whole;  ///< Its prefix, or empty.
};
Nearby DescribeFolder(const io::Files& files, const std::string& folder, std::string_view wanted);

}  // namespace regraft::find
