// Any bytes as the only file of a V1 checkpoint. The checksums of its blocks are made right, so
// that what is changed is not just found by them.
#include <string>

#include "archive.h"
#include "digest/crc32c.h"
#include "fuzz.h"
#include "table/format.h"
#include "tf_v1/reader.h"
#include "tf_v1/shards.h"

namespace {

using regraft::table::BlockHandle;
using regraft::table::kTrailerBytes;

// Gives the block at the handle the checksum that it should have.
void Mend(std::string& file, const BlockHandle& handle) {
  if (file.size() < kTrailerBytes || handle.offset > file.size() - kTrailerBytes ||
      handle.size > file.size() - kTrailerBytes - handle.offset) {
    return;
  }
  const std::string_view checked = std::string_view(file).substr(handle.offset, handle.size + 1);
  std::string sum;
  regraft::table::AppendFixed32(
      regraft::digest::MaskCrc(regraft::digest::Crc32c(regraft::fuzz::Bytes(checked))), sum);
  file.replace(handle.offset + handle.size + 1, sum.size(), sum);
}

std::string Mended(std::string_view bytes) {
  using regraft::table::TakeHandle;
  std::string file(bytes);
  if (file.size() < regraft::table::kFooterBytes) return file;
  const std::string footer = file.substr(file.size() - regraft::table::kFooterBytes);
  std::string_view rest = footer;
  if (!TakeHandle(rest)) return file;
  const auto index = TakeHandle(rest);
  if (!index || index->offset > file.size()) return file;
  // Keys of the index block are not compressed: each handle follows its key.
  const std::string block = file.substr(index->offset, index->size);
  std::string_view entries = block;
  while (!entries.empty()) {
    const auto shared = regraft::table::TakeVarint32(entries);
    const auto added = shared ? regraft::table::TakeVarint32(entries) : std::nullopt;
    const auto size = added ? regraft::table::TakeVarint32(entries) : std::nullopt;
    if (!size || *added > entries.size() || *size > entries.size() - *added) break;
    std::string_view value = entries.substr(*added, *size);
    if (const auto handle = TakeHandle(value)) Mend(file, *handle);
    entries.remove_prefix(std::size_t{*added} + *size);
  }
  Mend(file, *index);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = regraft::fuzz::Text(data, size);
  for (const std::string& bytes : {std::string(text), Mended(text)}) {
    const regraft::fuzz::FewFiles files({{"m", bytes}});
    (void)regraft::tf_v1::IsCheckpoint(files, "m");
    const auto reader = regraft::tf_v1::Reader::Open(files, "m", {});
    if (reader) regraft::fuzz::ReadAll(**reader, true);
  }
  return 0;
}
