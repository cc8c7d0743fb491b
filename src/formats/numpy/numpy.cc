#include "formats/numpy/numpy.h"

#include <string>
#include <string_view>

#include "formats/numpy/reader.h"
#include "formats/numpy/writer.h"

namespace regraft::numpy {
namespace {

// Programs of JAX put parameters below these; the longest comes first.
std::string PathOf(std::string_view key) {
  for (const std::string_view outer : {"params/img/", "params/", "opt/target/"}) {
    if (key.size() > outer.size() && key.starts_with(outer)) {
      return std::string(key.substr(outer.size()));
    }
  }
  return std::string(key);
}

constexpr std::string_view kArraySuffixes[] = {".npy"};

constexpr std::string_view kArchiveSuffixes[] = {".npz"};

}  // namespace

const archive::Format kArrayFormat = {
    .name = "npy",
    .what = "a NumPy array (.npy)",
    .suffixes = kArraySuffixes,
    .main_file = "",
    .abilities = {},
    .matches = IsArray,
    .in_folder = nullptr,
    .open = OpenArray,
    .path_of = PathOf,
    .create = nullptr,
};

const archive::Format kArchiveFormat = {
    .name = "npz",
    .what = "a NumPy archive (.npz)",
    .suffixes = kArchiveSuffixes,
    .main_file = "",
    .abilities = {},
    .matches = IsArchive,
    .in_folder = ArchiveInFolder,
    .open = OpenArchive,
    .path_of = PathOf,
    .create = Create,
};

}  // namespace regraft::numpy
