// No damaged file makes the library ask for more memory than the file has bytes, and a bit.
#include <gtest/gtest.h>

#include <cstddef>

#include "allocations.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/selection.h"
#include "testing/files.h"
#include "testing/prefixes.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

constexpr char kIndex[] = "p.index";
constexpr char kData[] = "p.data-00000-of-00001";
constexpr std::size_t kConstant = 64 << 10;

std::map<std::string, std::string> Sample() {
  testing::TinyGraph graph;
  const auto model = graph.AddNode(0, "model");
  graph.AddVariable(model, "w", "model/w", "net/w");
  testing::TinyBundle bundle;
  bundle.AddFloats(testing::ValueKey("model/w"), {2, 2}, {1, 2, 3, 4})
      .AddStrings("s", {2}, {"one", "two"})
      .AddSlice("p", DType::kInt64, {2}, {{0, 1}}, testing::BytesOf<std::int64_t>({5}))
      .AddSlice("p", DType::kInt64, {2}, {{1, 1}}, testing::BytesOf<std::int64_t>({6}));
  bundle.SetGraph(graph);
  return bundle.Files("p");
}

// Opens and reads all that there is, believing every number of the files.
void ReadEverything(const std::map<std::string, std::string>& content) {
  const testing::MemoryFiles files(content);
  const auto reader = CheckpointReader::Open(files, "p", {.verify_checksums = false});
  if (!reader) return;
  for (const Entry& entry : reader->entries()) {
    (void)reader->Verify(entry);
    (void)reader->Sha256(entry);
    (void)reader->ReadStrings(entry);
    (void)reader->ReadRaw(entry);
  }
  (void)Select(reader->catalog(), {.include = {"**/w"}});
}

void ExpectModest(const std::map<std::string, std::string>& content, std::size_t at) {
  std::size_t bytes = 0;
  for (const auto& [name, text] : content) bytes += text.size();
  limits::ForgetLargestAllocation();
  ReadEverything(content);
  EXPECT_LE(limits::LargestAllocation(), bytes + kConstant) << at;
}

TEST(Allocation, StaysModestWhateverByteIsDamaged) {
  const auto sample = Sample();
  for (const char* file : {kIndex, kData}) {
    testing::ForEveryByteFlip(sample.at(file), [&](std::string_view changed, std::size_t at) {
      auto content = sample;
      content[file] = std::string(changed);
      ExpectModest(content, at);
    });
  }
}

TEST(Allocation, StaysModestWhereverTheFileEnds) {
  const auto sample = Sample();
  for (const char* file : {kIndex, kData}) {
    testing::ForEveryPrefix(sample.at(file), [&](std::string_view prefix) {
      auto content = sample;
      content[file] = std::string(prefix);
      ExpectModest(content, prefix.size());
    });
  }
}

}  // namespace
}  // namespace regraft
