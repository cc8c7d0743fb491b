// Any bytes as a zip archive, and each member of it.
#include "formats/zip/directory.h"
#include "fuzz.h"
#include "io/byte_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMost = 1 << 20;
  const std::string_view text = regraft::fuzz::Text(data, size);
  const auto file = regraft::io::MemorySource("fuzz", regraft::fuzz::Bytes(text));
  (void)regraft::zip::LooksLikeZip(*file);
  const auto directory = regraft::zip::ReadDirectory(*file);
  if (!directory) return 0;
  for (const regraft::zip::Member& member : directory->members) {
    regraft::fuzz::Require(member.stored.offset <= size &&
                           member.stored.bytes <= size - member.stored.offset);
    const auto content = regraft::zip::ReadMember(*file, member, kMost);
    regraft::fuzz::Require(!content || content->size() == member.bytes);
  }
  return 0;
}
