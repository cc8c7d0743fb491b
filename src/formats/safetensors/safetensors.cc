#include "formats/safetensors/safetensors.h"

#include <algorithm>

#include "formats/safetensors/reader.h"
#include "formats/safetensors/writer.h"

namespace regraft::safetensors {
namespace {

// PyTorch joins the names of modules by dots; what has slashes is a path as it is.
std::string PathOf(std::string_view key) {
  std::string path(key);
  if (path.find('/') == std::string::npos) std::replace(path.begin(), path.end(), '.', '/');
  if (path.ends_with(":0")) path.resize(path.size() - 2);
  return path;
}

constexpr std::string_view kSuffixes[] = {".safetensors"};

}  // namespace

const archive::Format kFormat = {
    .name = "safetensors",
    .what = "a safetensors file",
    .suffixes = kSuffixes,
    .main_file = "",
    .abilities = {},
    .matches = Matches,
    .in_folder = InFolder,
    .open = Open,
    .path_of = PathOf,
    .create = Create,
};

}  // namespace regraft::safetensors
