#include "io/byte_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "io/directory.h"
#include "testing/files.h"

namespace regraft::io {
namespace {

std::string TestFolder() {
  std::string pattern = ::testing::TempDir() + "regraft_io_XXXXXX";
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  return pattern;
}

std::string Write(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

enum class Kind { kMemory, kFile };

class Source : public ::testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<const ByteSource> Make(std::string_view content) {
    if (GetParam() == Kind::kMemory)
      return MemorySource("memory", std::as_bytes(std::span(content)));
    const std::string path = Write(TestFolder() + "/file", content);
    auto source = RealFiles().Open(path);
    EXPECT_TRUE(source);
    return *std::move(source);
  }
  static std::string Read(const ByteSource& source, std::uint64_t offset, std::size_t size) {
    std::string out(size, '?');
    EXPECT_TRUE(source.ReadAt(offset, std::as_writable_bytes(std::span(out))));
    return out;
  }
};

TEST_P(Source, ReadsAnyRangeInAnyOrder) {
  const auto source = Make("0123456789");
  EXPECT_EQ(source->size(), 10u);
  EXPECT_EQ(Read(*source, 7, 3), "789");
  EXPECT_EQ(Read(*source, 0, 10), "0123456789");
  EXPECT_EQ(Read(*source, 10, 0), "");
}

TEST_P(Source, RefusesRangesPastTheEnd) {
  const auto source = Make("0123456789");
  std::string out(4, '?');
  const auto bytes = std::as_writable_bytes(std::span(out));
  for (const std::uint64_t offset : {std::uint64_t{7}, std::uint64_t{10}, std::uint64_t{11},
                                     ~std::uint64_t{0}, ~std::uint64_t{0} - 3}) {
    const Status status = source->ReadAt(offset, bytes);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().slug, "io/past-end");
    EXPECT_EQ(status.error().file, source->name());
    EXPECT_EQ(out, "????");
  }
}

TEST_P(Source, OpensAnEmptyFile) { EXPECT_EQ(Make("")->size(), 0u); }

INSTANTIATE_TEST_SUITE_P(EveryKind, Source, ::testing::Values(Kind::kMemory, Kind::kFile));

TEST(RealFiles, TellsAMissingFileFromAFolder) {
  EXPECT_EQ(RealFiles().Open(TestFolder() + "/nothing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(RealFiles().Open(Write(TestFolder() + "/f", "x") + "/below").error().code,
            ErrorCode::kNotFound);
  const auto folder = RealFiles().Open(TestFolder());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
  EXPECT_NE(folder.error().message.find("folder"), std::string::npos);
}

TEST(RealFiles, DoesNotWaitForAPipe) {
  const std::string pipe = TestFolder() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto source = RealFiles().Open(pipe);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message, "this is not a regular file");
}

TEST(RealFiles, NoticesAFileThatShrinks) {
  const std::string path = Write(TestFolder() + "/file", std::string(100, 'x'));
  const auto source = RealFiles().Open(path);
  ASSERT_TRUE(source);
  ASSERT_EQ(::truncate(path.c_str(), 10), 0);
  std::string out(50, '?');
  const Status status = (*source)->ReadAt(0, std::as_writable_bytes(std::span(out)));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "io/read");
}

TEST(ReadWholeFile, KeepsItsLimit) {
  const std::string path = Write(TestFolder() + "/file", "12345");
  EXPECT_EQ(ReadWholeFile(RealFiles(), path, 5), "12345");
  EXPECT_EQ(ReadWholeFile(RealFiles(), path, 4).error().slug, "io/too-large");
}

TEST(ListDirectory, SortsNamesAndLeavesDotsOut) {
  const std::string folder = TestFolder();
  for (const char* name : {"b", "a*[x]", ".hidden"}) Write(folder + "/" + name, "");
  EXPECT_EQ(RealFiles().List(folder), (std::vector<std::string>{".hidden", "a*[x]", "b"}));
  EXPECT_EQ(RealFiles().List(folder + "/no").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(RealFiles().Stat(folder)->kind, FileKind::kDirectory);
  EXPECT_EQ(RealFiles().Stat(folder + "/b")->kind, FileKind::kFile);
  EXPECT_FALSE(RealFiles().Stat(folder + "/c"));
}

TEST(FaultFiles, FailTheReadTheyAreToldTo) {
  const testing::MemoryFiles memory(std::map<std::string, std::string>{{"f", "abc"}});
  testing::FaultFiles files(memory, 2);
  const auto source = files.Open("f");
  std::byte byte[1];
  EXPECT_TRUE((*source)->ReadAt(0, byte));
  EXPECT_EQ((*source)->ReadAt(0, byte).error().slug, "test/fault");
  EXPECT_TRUE((*source)->ReadAt(0, byte));
}

}  // namespace
}  // namespace regraft::io
