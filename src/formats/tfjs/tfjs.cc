#include "formats/tfjs/tfjs.h"

#include "formats/tfjs/reader.h"

namespace regraft::tfjs {

const archive::Format kFormat = {
    .name = "tfjs",
    .what = "the weights of a TF.js model",
    .suffix = "",
    .main_file = "",
    .abilities = {},
    .matches = Matches,
    .in_folder = InFolder,
    .open = Open,
    .path_of = nullptr,
    .create = nullptr,
};

}  // namespace regraft::tfjs
