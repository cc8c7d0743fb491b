#include "tf_v1/format.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "tf_v1/reader.h"
#include "tf_v1/shards.h"

namespace regraft::tf_v1 {
namespace {

std::string_view WithoutNumber(std::string_view path) {
  const std::size_t end = path.find_last_not_of("0123456789");
  const bool numbered = end != std::string_view::npos && end + 1 < path.size() && path[end] == '-';
  return numbered ? path.substr(0, end) : path;
}

// The only one, or the newest of one training.
std::string InFolder(const io::Files& files, const std::string& folder) {
  const std::vector<std::string> all = ListCheckpoints(files, folder);
  if (all.empty()) return "";
  const bool one_stem = std::all_of(all.begin(), all.end(), [&](const std::string& each) {
    return WithoutNumber(each) == WithoutNumber(all.front());
  });
  return one_stem ? all.front() : "";
}

}  // namespace

const archive::Format kFormat = {
    .name = "tf-v1",
    .what = "a TensorFlow V1 checkpoint",
    .suffixes = {},
    .main_file = "",
    .abilities = {.slices = true},
    .matches = Matches,
    .in_folder = InFolder,
    .open = Reader::Open,
    .path_of = nullptr,
    .create = nullptr,
};

}  // namespace regraft::tf_v1
