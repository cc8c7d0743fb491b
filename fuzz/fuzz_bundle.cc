// Any bytes as an index and one data file: four bytes say how long the index is.
#include <cstring>
#include <string_view>

#include "archive.h"
#include "bundle/bundle_reader.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = regraft::fuzz::Text(data, size);
  std::uint32_t index_size = 0;
  if (size < sizeof index_size) return 0;
  std::memcpy(&index_size, data, sizeof index_size);
  text.remove_prefix(sizeof index_size);
  const regraft::fuzz::FewFiles files(
      {{".index", text.substr(0, index_size)},
       {".data-00000-of-00001", index_size < text.size() ? text.substr(index_size) : ""}});
  for (const bool verify : {true, false}) {
    const auto reader =
        regraft::bundle::BundleReader::Open(files, "fuzz", {.verify_checksums = verify});
    if (reader) regraft::fuzz::ReadAll(**reader, verify);
  }
  return 0;
}
