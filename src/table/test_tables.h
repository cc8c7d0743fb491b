// test_tables.h - tables made by hand, sound or not.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "digest/crc32c.h"
#include "io/byte_source.h"
#include "regraft/error.h"
#include "table/format.h"
#include "table/table_builder.h"
#include "table/table_reader.h"

namespace regraft::table {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline std::string Hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return out;
}

inline std::unique_ptr<const io::ByteSource> Source(std::string_view bytes) {
  return io::MemorySource("x.index", std::as_bytes(std::span(bytes)));
}

inline Result<Pairs> Scan(const io::ByteSource& file, bool verify = true) {
  Pairs pairs;
  const Status status = ScanTable(file, {.verify_checksums = verify},
                                  [&](std::string_view key, std::string_view value) -> Status {
                                    pairs.emplace_back(key, value);
                                    return {};
                                  });
  if (!status) return Fail(status.error());
  return pairs;
}
inline Result<Pairs> Scan(std::string_view bytes, bool verify = true) {
  return Scan(*Source(bytes), verify);
}

/// The slug that a scan of `bytes` fails with, or "".
inline std::string Slug(std::string_view bytes) {
  const auto read = Scan(bytes);
  return read ? "" : read.error().slug;
}

inline std::string Build(const Pairs& pairs, BuildOptions options = {}) {
  TableBuilder builder(options);
  for (const auto& [key, value] : pairs) builder.Add(key, value);
  return std::move(builder).Finish();
}

inline Pairs Many(int count) {
  Pairs pairs = {{"", "header"}};
  for (int i = 0; i < count; ++i) {
    pairs.emplace_back(fmt::format("layer_{:05}/kernel", i), fmt::format("value {}", i));
  }
  return pairs;
}

/// An entry of a block, with any lengths.
inline std::string RawEntry(std::uint64_t shared, std::string_view suffix, std::string_view value) {
  std::string out;
  AppendVarint(shared, out);
  AppendVarint(suffix.size(), out);
  AppendVarint(value.size(), out);
  return out.append(suffix).append(value);
}

/// A block with any restarts.
inline std::string RawBlock(std::string entries, const std::vector<std::uint32_t>& restarts) {
  for (const std::uint32_t restart : restarts) AppendFixed32(restart, entries);
  AppendFixed32(static_cast<std::uint32_t>(restarts.size()), entries);
  return entries;
}

/// A table of any blocks, whose trailers are right.
class RawTable {
 public:
  /// Adds a data block and its entry of the index.
  RawTable& Add(std::string_view index_key, const std::string& block, char type = kRawBlock) {
    return AddIndexEntry(index_key, Append(block, type));
  }
  RawTable& AddIndexEntry(std::string_view key, const BlockHandle& handle,
                          std::string_view more = "") {
    std::string value;
    AppendHandle(handle, value);
    return AddIndexEntry(key, value.append(more));
  }
  RawTable& AddIndexEntry(std::string_view key, const std::string& value) {
    restarts_.push_back(static_cast<std::uint32_t>(index_.size()));
    index_ += RawEntry(0, key, value);
    return *this;
  }
  BlockHandle Append(std::string block, char type = kRawBlock) {
    const BlockHandle handle{file_.size(), block.size()};
    block += type;
    AppendFixed32(digest::MaskCrc(digest::Crc32c(std::as_bytes(std::span(block)))), block);
    file_ += block;
    return handle;
  }
  std::string Finish(BlockHandle metaindex = {}) {
    const BlockHandle index = Append(RawBlock(index_, restarts_));
    std::string footer;
    AppendHandle(metaindex, footer);
    AppendHandle(index, footer);
    footer.resize(kFooterBytes - kMagicBytes, '\0');
    AppendFixed32(static_cast<std::uint32_t>(kMagic), footer);
    AppendFixed32(static_cast<std::uint32_t>(kMagic >> 32), footer);
    return file_ + footer;
  }

 private:
  std::string file_, index_;
  std::vector<std::uint32_t> restarts_;
};

/// One data block as the index has it.
struct BlockRow {
  std::string index_key;
  std::uint64_t offset = 0, size = 0, entries = 0, restarts = 0;
  bool operator==(const BlockRow&) const = default;
};

inline BlockHandle IndexHandle(std::string_view file) {
  std::string_view footer = file.substr(file.size() - kFooterBytes);
  TakeHandle(footer);
  return *TakeHandle(footer);
}

/// The data blocks of a sound table that is not compressed.
inline std::vector<BlockRow> Blocks(std::string_view file) {
  const auto entries = [&](const BlockHandle& handle, auto visit) {
    const std::string_view block = file.substr(handle.offset, handle.size);
    const std::size_t restarts = LoadFixed32(block.substr(block.size() - 4));
    std::string_view rest = block.substr(0, block.size() - 4 - 4 * restarts);
    while (!rest.empty()) {
      TakeVarint32(rest);
      const std::size_t added = *TakeVarint32(rest), size = *TakeVarint32(rest);
      visit(rest.substr(0, added), rest.substr(added, size));
      rest.remove_prefix(added + size);
    }
    return restarts;
  };
  std::vector<BlockRow> rows;
  entries(IndexHandle(file), [&](std::string_view key, std::string_view value) {
    const BlockHandle handle = *TakeHandle(value);
    BlockRow row{std::string(key), handle.offset, handle.size};
    row.restarts = entries(handle, [&](auto, auto) { ++row.entries; });
    rows.push_back(row);
  });
  return rows;
}

}  // namespace regraft::table
