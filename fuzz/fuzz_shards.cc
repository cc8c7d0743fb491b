// Any bytes as an index and two shards of it: four bytes say how long the index is, and the first
// shard.
#include "archive.h"
#include "formats/keras/keras.h"
#include "formats/safetensors/safetensors.h"
#include "formats/torch/torch.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::string_view text = regraft::fuzz::Text(data, size).substr(4);
  const std::string_view json = text.substr(0, data[0] + 256u * data[1]);
  text.remove_prefix(json.size());
  const std::string_view first = text.substr(0, data[2] + 256u * data[3]);
  const regraft::fuzz::FewFiles files({{".json", json},
                                       {"1.safetensors", first},
                                       {"1.h5", first},
                                       {"1.weights.h5", first},
                                       {"1.bin", first},
                                       {"", text.substr(first.size())}});
  const auto file = files.Open("m.json");
  for (const regraft::archive::Format* format :
       {&regraft::safetensors::kFormat, &regraft::keras::kV3Format, &regraft::keras::kLegacyFormat,
        &regraft::torch::kFormat}) {
    if (!format->matches(**file)) continue;
    const auto archive = format->open(files, "m.json", {});
    if (!archive) continue;
    const auto names = (*archive)->Names();
    regraft::fuzz::Require(names.empty() || names.size() == (*archive)->tensors().size());
    regraft::fuzz::ReadAll(**archive, true);
  }
  return 0;
}
