#include "formats/torch/torch.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "formats/torch/reader.h"

namespace regraft::torch {
namespace {

// Names of modules are joined by dots.
std::string PathOf(std::string_view key) {
  std::string path(key);
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

constexpr std::string_view kSuffixes[] = {".pt", ".pth", ".bin"};

}  // namespace

const archive::Format kFormat = {
    .name = "torch-zip",
    .what = "a PyTorch checkpoint (zip)",
    .suffixes = kSuffixes,
    .main_file = "",
    .abilities = {},
    .matches = Matches,
    .in_folder = InFolder,
    .open = Open,
    .path_of = PathOf,
    .create = nullptr,
};

}  // namespace regraft::torch
