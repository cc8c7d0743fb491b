// What the command writes is whole, or it was never there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "command.h"

namespace regraft::cli_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kModel = Example("keras2/skip_embedding/ckpt_named_model-1");

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t FilesIn(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// The command leaves its streams in the folder of the test.
fs::path Folder() {
  const fs::path folder = fs::path(TestFolder()) / "files";
  fs::create_directories(folder);
  return folder;
}

TEST(WrittenFile, ReplacesWhatWasThereAndLeavesNothingElse) {
  const fs::path folder = Folder(), file = folder / "plan.json";
  std::ofstream(file) << std::string(100000, 'x');
  ::chmod(file.c_str(), 0640);
  ASSERT_EQ(Regraft("plan " + kModel + " -o " + file.string()).status, 0);
  EXPECT_TRUE(nlohmann::json::accept(Content(file)));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(FilesIn(folder), 1u);
}

TEST(WrittenFile, HasTheRightsThatTheShellGives) {
  const fs::path file = Folder() / "plan.json";
  fs::remove(file);
  ASSERT_EQ(Regraft("plan " + kModel + " -o " + file.string(), "umask 027;").status, 0);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST(WrittenFile, GoesWhereALinkLeads) {
  const fs::path folder = Folder(), file = folder / "real.npy", link = folder / "link.npy";
  std::ofstream(file) << "old";
  fs::remove(link);
  fs::create_symlink("real.npy", link);
  ASSERT_EQ(Regraft("show " + kModel + " save_counter --npy " + link.string()).status, 0);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_THAT(Content(file), StartsWith("\x93NUMPY"));
}

TEST(WrittenFile, MayBeADevice) {
  EXPECT_EQ(Regraft("show " + kModel + " save_counter --npy /dev/null").status, 0);
  const Ran full = Regraft("show " + kModel + " save_counter --npy /dev/full");
  EXPECT_EQ(full.status, 5);
  EXPECT_THAT(full.err, HasSubstr("cli/write-file"));
}

TEST(WrittenFile, StaysAsItWasWhenTheNewOneDoesNotFit) {
  const fs::path folder = Folder(), file = folder / "plan.json";
  std::ofstream(file) << "old";
  // The plan is larger than the block that a file may have here.
  const Ran ran = Regraft("plan " + kModel + " -o " + file.string(), "trap '' XFSZ; ulimit -f 1;");
  EXPECT_EQ(ran.status, 5);
  EXPECT_THAT(ran.err, HasSubstr("cli/write-file"));
  EXPECT_EQ(Content(file), "old");
  EXPECT_EQ(FilesIn(folder), 1u);
}

TEST(StandardOutput, ThatIsFullIsAnError) {
  for (const std::string& arguments :
       {"ls " + kModel, "show " + kModel + " save_counter --npy -", std::string("help")}) {
    const Ran ran = Regraft(arguments + " >/dev/full");
    EXPECT_EQ(ran.status, 5) << arguments;
    EXPECT_THAT(ran.err, HasSubstr("No space left on device"));
  }
}

TEST(StandardError, IsOneJsonValueALineWithJson) {
  const Ran ran = Regraft("ls --json " + Example("keras2/skip_embedding") + " -i nothing");
  EXPECT_EQ(ran.status, 3);
  std::vector<std::string> schemas;
  for (const std::string& line : Lines(ran.err))
    schemas.push_back(nlohmann::json::parse(line).at("schema"));
  EXPECT_THAT(schemas, ::testing::ElementsAre("regraft.note/1", "regraft.error/1"));
}

}  // namespace
}  // namespace regraft::cli_test
