// formats/shards/index.h - the JSON that says which file has which of a model's values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::shards {

/// {"metadata": {"total_size": n}, "weight_map": {name: file}}.
struct Index {
  /// By the bare name of a file, what is said to be in it, sorted.
  std::map<std::string, std::vector<std::string>> names;
  std::optional<std::uint64_t> total_bytes;  ///< Nothing if it is no whole number.
};

/// True for JSON that begins with a "weight_map" to files whose names end so. Reads at most 64 KiB.
bool LooksLikeIndex(const io::ByteSource& file, std::string_view ending);

/// Reads the whole index. A name that is there twice, and a file that would be elsewhere than
/// beside the index, are refused. With `lists`, a name may have a list of files and be in each of
/// them. Errors: kCorrupt `slug`; kIo. Memory: a few times the names; no more for what else the
/// file has.
Result<Index> ReadIndex(const io::Files& files, const std::string& path, std::string_view slug,
                        bool lists);

/// The path of a file beside another one.
std::string Beside(const std::string& path, std::string_view name);

}  // namespace regraft::shards
