// Any bytes as an HDF5 file: the tree, its attributes, and where the values are.
#include "formats/hdf5/contents.h"
#include "formats/hdf5/superblock.h"
#include "fuzz.h"
#include "io/byte_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = regraft::fuzz::Text(data, size);
  const auto file = regraft::io::MemorySource("fuzz", regraft::fuzz::Bytes(text));
  (void)regraft::hdf5::FindSuperblock(*file);
  const auto contents = regraft::hdf5::ReadContents(*file);
  if (!contents) return 0;
  for (const regraft::hdf5::Dataset& dataset : contents->datasets) {
    if (dataset.fault) continue;
    // What has no fault can be read as it says.
    regraft::fuzz::Require(dataset.where.offset <= size &&
                           dataset.where.bytes <= size - dataset.where.offset);
  }
  return 0;
}
