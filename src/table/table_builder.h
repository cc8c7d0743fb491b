// table/table_builder.h - writes the SSTable byte for byte as TensorFlow does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace regraft::table {

struct BuildOptions {
  std::size_t block_size = 262144;  ///< Bytes at which a data block ends (TensorFlow's).
  bool snappy = false;              ///< Compress data blocks where it saves an eighth.
};

/// Builds one table in memory (docs/format/table.md).
class TableBuilder {
 public:
  explicit TableBuilder(BuildOptions options = {});
  ~TableBuilder();
  /// Pre: `key` is greater than every earlier key, by unsigned bytes.
  void Add(std::string_view key, std::string_view value);
  /// The bytes of the file. Call once, last.
  std::string Finish() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace regraft::table
