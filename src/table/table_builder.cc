#include "table/table_builder.h"

#include <snappy.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <span>
#include <vector>

#include "digest/crc32c.h"
#include "table/format.h"

namespace regraft::table {
namespace {

constexpr std::size_t kDataRestartInterval = 16;
constexpr std::size_t kIndexRestartInterval = 1;

// The entries of one block, prefix-compressed between restarts.
class BlockBuilder {
 public:
  explicit BlockBuilder(std::size_t restart_interval) : interval_(restart_interval) {}

  bool empty() const { return count_ == 0; }
  std::size_t SizeEstimate() const { return bytes_.size() + 4 * restarts_.size() + 4; }

  void Add(std::string_view key, std::string_view value) {
    std::size_t shared = 0;
    if (count_ % interval_ == 0) {
      if (count_ > 0) restarts_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    } else {
      const std::size_t most = std::min(key.size(), last_key_.size());
      while (shared < most && key[shared] == last_key_[shared]) ++shared;
    }
    AppendVarint(shared, bytes_);
    AppendVarint(key.size() - shared, bytes_);
    AppendVarint(value.size(), bytes_);
    bytes_ += key.substr(shared);
    bytes_ += value;
    last_key_ = key;
    ++count_;
  }

  std::string Take() {
    for (const std::uint32_t restart : restarts_) AppendFixed32(restart, bytes_);
    AppendFixed32(static_cast<std::uint32_t>(restarts_.size()), bytes_);
    std::string out = std::move(bytes_);
    *this = BlockBuilder(interval_);
    return out;
  }

 private:
  std::size_t interval_;
  std::string bytes_;
  std::vector<std::uint32_t> restarts_ = {0};
  std::string last_key_;
  std::size_t count_ = 0;
};

// A short key k with last <= k < next: cut after the first byte that can be raised.
std::string Separator(const std::string& last, std::string_view next) {
  const std::size_t most = std::min(last.size(), next.size());
  std::size_t at = 0;
  while (at < most && last[at] == next[at]) ++at;
  if (at == most) return last;
  const auto byte = static_cast<unsigned char>(last[at]);
  if (byte == 0xff || byte + 1 >= static_cast<unsigned char>(next[at])) return last;
  std::string out = last.substr(0, at + 1);
  out[at] = static_cast<char>(byte + 1);
  return out;
}

// A short key that is not below `last`.
std::string Successor(const std::string& last) {
  for (std::size_t at = 0; at < last.size(); ++at) {
    const auto byte = static_cast<unsigned char>(last[at]);
    if (byte == 0xff) continue;
    std::string out = last.substr(0, at + 1);
    out[at] = static_cast<char>(byte + 1);
    return out;
  }
  return last;
}

}  // namespace

struct TableBuilder::State {
  BuildOptions options;
  std::string file;
  BlockBuilder data{kDataRestartInterval};
  BlockBuilder index{kIndexRestartInterval};
  std::string last_key;
  bool any = false;
  std::optional<BlockHandle> pending;  // A finished block whose index entry awaits the next key.

  BlockHandle Write(std::string block, bool may_compress) {
    char type = kRawBlock;
    if (may_compress) {
      std::string compressed;
      snappy::Compress(block.data(), block.size(), &compressed);
      // Compressed only if that saves more than an eighth.
      if (compressed.size() < block.size() - block.size() / 8) {
        block = std::move(compressed);
        type = kSnappyBlock;
      }
    }
    const BlockHandle handle{file.size(), block.size()};
    block += type;
    const std::uint32_t crc = digest::Crc32c(std::as_bytes(std::span(block)));
    file += block;
    AppendFixed32(digest::MaskCrc(crc), file);
    return handle;
  }

  void FinishDataBlock() {
    if (data.empty()) return;
    pending = Write(data.Take(), options.snappy);
  }

  void WriteIndexEntry(const std::string& key) {
    std::string value;
    AppendHandle(*pending, value);
    index.Add(key, value);
    pending.reset();
  }
};

TableBuilder::TableBuilder(BuildOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
}
TableBuilder::~TableBuilder() = default;

void TableBuilder::Add(std::string_view key, std::string_view value) {
  State& s = *state_;
  assert(!s.any || std::string_view(s.last_key) < key);
  // An entry of two blocks' size stands in a block of its own.
  if (s.any && key.size() + value.size() >= 2 * s.options.block_size) s.FinishDataBlock();
  if (s.pending) s.WriteIndexEntry(Separator(s.last_key, key));
  s.data.Add(key, value);
  s.last_key = key;
  s.any = true;
  if (s.data.SizeEstimate() >= s.options.block_size) s.FinishDataBlock();
}

std::string TableBuilder::Finish() && {
  State& s = *state_;
  s.FinishDataBlock();
  const BlockHandle metaindex = s.Write(BlockBuilder(kDataRestartInterval).Take(), false);
  if (s.pending) s.WriteIndexEntry(Successor(s.last_key));
  const BlockHandle index = s.Write(s.index.Take(), false);
  std::string footer;
  AppendHandle(metaindex, footer);
  AppendHandle(index, footer);
  footer.resize(kFooterBytes - kMagicBytes, '\0');
  AppendFixed32(static_cast<std::uint32_t>(kMagic), footer);
  AppendFixed32(static_cast<std::uint32_t>(kMagic >> 32), footer);
  s.file += footer;
  return std::move(s.file);
}

}  // namespace regraft::table
