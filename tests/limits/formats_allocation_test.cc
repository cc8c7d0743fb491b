// No damaged file of any format makes the library ask for more memory than the file can hold.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "../contract/formats.h"
#include "allocations.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "testing/files.h"

namespace regraft::contract {
namespace {

// Blocks that are read at once, whatever the size of the file.
constexpr std::size_t kConstant = 256 << 10;
// A byte that is deflated holds so many at most.
constexpr std::size_t kMostRatio = 1032;

// The contract reads what each single byte makes of a file; here some of a large one are enough.
std::size_t Step(const std::string& content) { return 1 + content.size() / 3000; }

class EveryFormatAllocates : public ::testing::TestWithParam<FormatCase> {
 protected:
  void ExpectModest(const Files& content, const std::string& path, std::size_t at) const {
    std::size_t bytes = 0;
    for (const auto& [name, text] : content) bytes += text.size();
    const bool deflated = GetParam().name.ends_with("deflated");
    const testing::MemoryFiles files(content);
    limits::ForgetLargestAllocation();
    const auto reader = CheckpointReader::Open(files, GetParam().where(), {});
    if (reader) {
      for (const Entry& entry : reader->entries()) {
        (void)reader->Verify(entry);
        (void)reader->Sha256(entry);
        (void)reader->ReadStrings(entry);
        (void)reader->ReadRaw(entry);
      }
    }
    ASSERT_LE(limits::LargestAllocation(), bytes * (deflated ? kMostRatio : 4) + kConstant)
        << path << " at " << at;
  }
};

TEST_P(EveryFormatAllocates, ModestlyWhateverByteIsDamaged) {
  const Files whole = Content(GetParam());
  for (const auto& [path, content] : whole) {
    for (std::size_t at = 0; at < content.size(); at += Step(content)) {
      for (const int flip : {0x80, 0xff}) {
        Files changed = whole;
        changed[path][at] = static_cast<char>(changed[path][at] ^ flip);
        ExpectModest(changed, path, at);
      }
    }
  }
}

TEST_P(EveryFormatAllocates, ModestlyWhereverAFileEnds) {
  const Files whole = Content(GetParam());
  for (const auto& [path, content] : whole) {
    for (std::size_t size = 0; size < content.size(); size += Step(content)) {
      Files cut = whole;
      cut[path].resize(size);
      ExpectModest(cut, path, size);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormatAllocates, ::testing::ValuesIn(AllFormats()),
                         [](const auto& format) { return format.param.name; });

}  // namespace
}  // namespace regraft::contract
