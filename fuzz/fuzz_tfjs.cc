// Any bytes as a manifest and the files of its weights: two bytes say how long the manifest is.
#include "archive.h"
#include "formats/tfjs/reader.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t manifest = data[0] + 256u * data[1];
  std::string_view text = regraft::fuzz::Text(data, size).substr(2);
  const std::string_view json = text.substr(0, manifest);
  text.remove_prefix(json.size());
  // The first file has half of what is left, and all others the rest.
  const std::string_view half = text.substr(0, text.size() / 2);
  const regraft::fuzz::FewFiles files(
      {{".json", json}, {"1.bin", half}, {".bin", text.substr(half.size())}});
  const auto file = files.Open("m.json");
  (void)regraft::tfjs::Matches(**file);
  const auto reader = regraft::tfjs::Open(files, "m.json", {});
  if (reader) regraft::fuzz::ReadAll(**reader, true);
  return 0;
}
