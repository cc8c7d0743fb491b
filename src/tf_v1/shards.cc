#include "tf_v1/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "table/format.h"
#include "table/table_reader.h"

namespace regraft::tf_v1 {
namespace {

constexpr std::string_view kOf = "-of-";
constexpr std::string_view kAnyNumber = "?????";
constexpr std::size_t kFewestDigits = 5;
constexpr std::uint32_t kMostShards = 100'000;  // A name alone makes a list of as many.
constexpr std::size_t kMostLooked = 1000;       // Files of a folder that are opened to see.

std::optional<std::uint32_t> Number(std::string_view digits) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (digits.size() < kFewestDigits || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::string ShardPath(std::string_view stem, std::uint32_t number, std::uint32_t count) {
  return fmt::format("{}-{:05}{}{:05}", stem, number, kOf, count);
}

std::vector<std::string> AllShards(std::string_view stem, std::uint32_t count) {
  std::vector<std::string> paths;
  for (std::uint32_t number = 0; number < count; ++number) {
    paths.push_back(ShardPath(stem, number, count));
  }
  return paths;
}

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash + 1));
}

// The shards in the folder that share the stem.
Result<std::vector<std::string>> ShardsOf(const io::Files& files, const std::string& stem) {
  const std::string folder = FolderOf(stem);
  REGRAFT_TRY(const std::vector<std::string> names, files.List(folder));
  std::optional<std::uint32_t> count;
  for (const std::string& name : names) {
    const std::string path = folder + name;
    const auto shard = ParseShardName(path);
    if (!shard || shard->stem != stem) continue;
    if (count && *count != shard->count) {
      return Fail(Error(ErrorCode::kInvalidArgument, "tf-v1/two-sets",
                        fmt::format("'{}' has shards of two checkpoints: {} and {}", stem,
                                    ShardPath(stem, 0, *count), ShardPath(stem, 0, shard->count)))
                      .Hint("give the path of one shard: the others of its checkpoint are found"));
    }
    count = shard->count;
  }
  return AllShards(stem, count.value_or(0));
}

// What a name ends with behind its last dash, or -1.
std::int64_t StepOf(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return -1;
  std::int64_t step = -1;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data() + dash + 1, end, step);
  return error == std::errc() && stopped == end && step >= 0 ? step : -1;
}

bool IsOfV2(std::string_view name) {
  return name.ends_with(".index") || name.ends_with(".meta") ||
         name.find(".data-") != std::string_view::npos;
}

}  // namespace

std::optional<ShardName> ParseShardName(std::string_view path) {
  const std::size_t of = path.rfind(kOf);
  if (of == std::string_view::npos || of == 0) return std::nullopt;
  const std::size_t dash = path.rfind('-', of - 1);
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto number = Number(path.substr(dash + 1, of - dash - 1));
  const auto count = Number(path.substr(of + kOf.size()));
  if (!number || !count || *number >= *count || *count > kMostShards) return std::nullopt;
  // Other spellings of the same number are names of other files.
  const std::string_view stem = path.substr(0, dash);
  if (ShardPath(stem, *number, *count) != path) return std::nullopt;
  return ShardName{stem, *number, *count};
}

Result<std::vector<std::string>> FilesOf(const io::Files& files, const std::string& path) {
  if (files.Open(path)) {
    const auto shard = ParseShardName(path);
    return shard ? AllShards(shard->stem, shard->count) : std::vector{path};
  }
  if (const std::size_t any = path.rfind(kAnyNumber); any != std::string::npos) {
    std::string first = path;
    first.replace(any, kAnyNumber.size(), "00000");
    const auto shard = ParseShardName(first);
    if (shard && files.Open(first)) return AllShards(shard->stem, shard->count);
  }
  return ShardsOf(files, path);
}

bool IsCheckpoint(const io::Files& files, const std::string& path) {
  const auto all = FilesOf(files, path);
  if (!all) return all.error().slug == "tf-v1/two-sets";
  for (const std::string& each : *all) {
    if (const auto file = files.Open(each)) return Matches(**file);
  }
  return false;
}

std::vector<std::string> ListCheckpoints(const io::Files& files, const std::string& folder) {
  std::vector<std::string> found;
  const auto names = files.List(folder);
  if (!names) return found;
  const std::string start = folder.empty() || folder.ends_with('/') ? folder : folder + "/";
  std::size_t looked = 0;
  for (const std::string& name : *names) {
    if (IsOfV2(name)) continue;
    const auto shard = ParseShardName(name);
    std::string path = start + std::string(shard ? shard->stem : std::string_view(name));
    if (std::find(found.begin(), found.end(), path) != found.end()) continue;
    if (looked++ == kMostLooked) break;
    const auto file = files.Open(start + name);
    if (file && Matches(**file)) found.push_back(std::move(path));
  }
  std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
    const std::int64_t first = StepOf(a), second = StepOf(b);
    return first != second ? first > second : NaturalLess(b, a);
  });
  return found;
}

// The first block of a table lies at its start, and its first key is the empty one. Its value has
// a message as field 1, where the header of a V2 index has a number.
bool Matches(const io::ByteSource& file) {
  if (!table::LooksLikeTable(file)) return false;
  std::array<char, table::kFooterBytes> bytes;  // A table has as many.
  if (!file.ReadAt(0, std::as_writable_bytes(std::span(bytes)))) return false;
  std::string_view head(bytes.data(), bytes.size());
  if (head[0] != 0) {
    // Compressed: the size, which is not 0, and a literal of at least a byte.
    if (!table::TakeVarint32(head) || head.empty() || (head[0] & 3) != 0) return false;
    const auto length = static_cast<std::size_t>(static_cast<std::uint8_t>(head[0]) >> 2);
    head.remove_prefix(std::min<std::size_t>(head.size(), length < 60 ? 1 : length - 58));
  }
  const auto shared = table::TakeVarint32(head);
  const auto added = shared ? table::TakeVarint32(head) : std::nullopt;
  const auto size = added ? table::TakeVarint32(head) : std::nullopt;
  return size && *shared == 0 && *added == 0 && *size > 0 && head.starts_with('\x0a');
}

}  // namespace regraft::tf_v1
