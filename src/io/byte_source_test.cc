#include "io/byte_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

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

}  // namespace
}  // namespace regraft::io
