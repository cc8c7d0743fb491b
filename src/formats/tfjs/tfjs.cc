#include "formats/tfjs/tfjs.h"

#include <string_view>

#include "formats/tfjs/reader.h"

namespace regraft::tfjs {
namespace {

constexpr std::string_view kSuffixes[] = {"model.json"};

}  // namespace

const archive::Format kFormat = {
    .name = "tfjs",
    .what = "the weights of a TF.js model",
    .suffixes = kSuffixes,
    .main_file = "",
    .abilities = {},
    .matches = Matches,
    .in_folder = InFolder,
    .open = Open,
    .path_of = nullptr,
    .create = nullptr,
};

}  // namespace regraft::tfjs
