// Any bytes as the header of a NumPy array.
#include "formats/numpy/header.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = regraft::fuzz::Text(data, size);
  const auto header = regraft::numpy::ParseHeader(text);
  if (!header) return 0;
  regraft::fuzz::Require(regraft::numpy::LooksLikeArray(text));
  regraft::fuzz::Require(header->header_bytes <= size);
  if (header->item_bytes == 0) return 0;
  const auto count = static_cast<std::uint64_t>(header->spec.shape.num_elements());
  regraft::fuzz::Require(count == 0 || header->bytes / count == header->item_bytes);
  return 0;
}
