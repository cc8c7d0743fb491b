// bundle/data_file_name.h - how data files are called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace regraft::bundle {

struct DataFileName {
  std::int32_t shard = 0;
  std::int32_t num_shards = 0;

  /// "<prefix>.data-00000-of-00002".
  std::string Under(std::string_view prefix) const;
  /// The numbers at the end of a path, or nothing if it is not that of a data file.
  static std::optional<DataFileName> Parse(std::string_view path);
};

}  // namespace regraft::bundle
