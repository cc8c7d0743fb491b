#include "bundle/data_file_name.h"

#include <fmt/format.h>

#include <charconv>

namespace regraft::bundle {
namespace {

// At least five digits.
std::optional<std::int32_t> ParseNumber(std::string_view digits) {
  std::int32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (digits.size() < 5 || error != std::errc() || stopped != end || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string DataFileName::Under(std::string_view prefix) const {
  return fmt::format("{}.data-{:05}-of-{:05}", prefix, shard, num_shards);
}

std::optional<DataFileName> DataFileName::Parse(std::string_view path) {
  constexpr std::string_view kData = ".data-", kOf = "-of-";
  const std::size_t data = path.rfind(kData);
  if (data == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = path.substr(data + kData.size());
  const std::size_t of = numbers.find(kOf);
  if (of == std::string_view::npos) return std::nullopt;
  const auto shard = ParseNumber(numbers.substr(0, of));
  const auto num_shards = ParseNumber(numbers.substr(of + kOf.size()));
  if (!shard || !num_shards) return std::nullopt;
  return DataFileName{*shard, *num_shards};
}

}  // namespace regraft::bundle
