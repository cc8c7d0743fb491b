#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "io/directory.h"
#include "io/disk.h"
#include "regraft/find.h"
#include "testing/checkpoint_folder.h"

namespace regraft {
namespace {

namespace fs = std::filesystem;
using testing::CheckpointFolder;
using ::testing::ElementsAre;

const std::string kUuid = "0123456789abcdef0123456789abcdef";

std::vector<std::string> Names(const CheckpointFolder& folder) {
  std::vector<std::string> names;
  const auto found = FindLeftovers(folder.path());
  EXPECT_TRUE(found);
  for (const Leftover& leftover : *found) {
    names.push_back(leftover.path.substr(folder.path().size() + 1));
  }
  return names;
}

std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

TEST(FindLeftovers, KnowsWhatWritersLeaveBehind) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  folder.Write("ckpt-2.index.tempstate123", "12345");
  folder.Write("ckpt-2.data-00000.tempstate18446744073709551615", "");
  folder.Write("checkpoint.tmp" + kUuid, "abc");
  folder.Write("ckpt-3_temp/part-00000-of-00001.data-00000-of-00001", "1234");
  folder.Write("ckpt-3_temp/part-00000-of-00001.index.tempstate7", "12");
  folder.Write("ckpt-4_temp_" + kUuid + "/part-00000-of-00002.index", "1");
  fs::create_directory(folder / ("ckpt-5_temp_" + kUuid));
  EXPECT_THAT(Names(folder), ElementsAre("checkpoint.tmp" + kUuid,
                                         "ckpt-2.data-00000.tempstate18446744073709551615",
                                         "ckpt-2.index.tempstate123", "ckpt-3_temp",
                                         "ckpt-4_temp_" + kUuid, "ckpt-5_temp_" + kUuid));
  const auto found = FindLeftovers(folder.path());
  EXPECT_EQ((*found)[0].bytes, 3u);
  EXPECT_EQ((*found)[2].bytes, 5u);
  EXPECT_EQ((*found)[3].bytes, 6u);
  EXPECT_EQ((*found)[2].modified_ns,
            io::RealFiles().Stat(folder / "ckpt-2.index.tempstate123")->modified_ns);
  EXPECT_GE((*found)[3].modified_ns,
            io::RealFiles()
                .Stat(folder / "ckpt-3_temp/part-00000-of-00001.index.tempstate7")
                ->modified_ns);

  for (const Leftover& leftover : *found) EXPECT_EQ(Slug(RemoveLeftover(leftover)), "");
  EXPECT_THAT(Names(folder), ElementsAre());
  EXPECT_EQ(io::RealFiles().List(folder.path())->size(), 2u);  // The checkpoint.
}

TEST(FindLeftovers, TakesNothingElseForOne) {
  const CheckpointFolder folder;
  folder.Save("ckpt-1");
  for (const std::string& name :
       {std::string("checkpoint"), std::string("checkpoint.tmp"), "checkpoint.tmp" + kUuid + "0",
        "other.tmp" + kUuid, std::string("a.tempstate"), std::string("a.tempstate12x"),
        std::string(".tempstate12"), std::string("tempstate12"), std::string("a.tempstate1.txt"),
        std::string("ckpt_temp"), "ckpt_temp_" + kUuid, std::string("part-00000-of-00001.index")}) {
    folder.Write(name, "precious");
  }
  fs::create_directory(folder / "a.tempstate13");
  fs::create_directory(folder / "empty_temp");
  folder.Write("mine_temp/part-00000-of-00001.index", "");
  folder.Write("mine_temp/notes.txt", "precious");
  folder.Write("deep_temp/part-0/file", "precious");
  folder.Write("_temp/part-0", "");
  folder.Write("temp/part-0", "");
  folder.Write("a_temp_0123/part-0", "");
  folder.Write("a_tmp_" + kUuid + "/part-0", "");
  folder.Write("_temp_" + kUuid + "/part-0", "");
  EXPECT_THAT(Names(folder), ElementsAre());
}

TEST(FindLeftovers, FollowsNoLinks) {
  const CheckpointFolder folder;
  folder.Write("real/part-0", "precious");
  folder.Write("precious", "precious");
  fs::create_symlink("precious", folder / "a.tempstate1");
  fs::create_symlink("real", folder / "b_temp");
  fs::create_directory(folder / "c_temp");
  fs::create_symlink("../precious", folder / "c_temp/part-0");
  EXPECT_THAT(Names(folder), ElementsAre());
  for (const char* name : {"a.tempstate1", "b_temp", "c_temp"}) {
    EXPECT_EQ(Slug(RemoveLeftover({folder / name, 0, 0})), "checkpoint/not-a-leftover");
  }
  EXPECT_TRUE(fs::exists(folder / "c_temp/part-0"));
  EXPECT_TRUE(fs::exists(folder / "b_temp/part-0"));
}

TEST(FindLeftovers, RefusesAFolderThatIsNone) {
  const CheckpointFolder folder;
  const auto found = FindLeftovers(folder / "missing");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
}

TEST(RemoveLeftover, RemovesNothingThatHasChanged) {
  const CheckpointFolder folder;
  folder.Write("a.tempstate1", "12");
  folder.Write("b_temp/part-0", "12");
  folder.Write("c_temp/part-0", "12");
  const auto found = FindLeftovers(folder.path());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3u);
  folder.Write("a.tempstate1", "123");
  folder.Write("b_temp/part-1", "");
  folder.Write("c_temp/mine", "precious");
  EXPECT_EQ(Slug(RemoveLeftover((*found)[0])), "checkpoint/leftover-in-use");
  EXPECT_EQ(Slug(RemoveLeftover((*found)[1])), "checkpoint/leftover-in-use");
  EXPECT_EQ(Slug(RemoveLeftover((*found)[2])), "checkpoint/not-a-leftover");
  EXPECT_TRUE(fs::exists(folder / "a.tempstate1"));
  EXPECT_TRUE(fs::exists(folder / "b_temp/part-0"));
  EXPECT_TRUE(fs::exists(folder / "c_temp/part-0"));
}

TEST(RemoveLeftover, IsDoneIfNothingIsThere) {
  const CheckpointFolder folder;
  EXPECT_EQ(Slug(RemoveLeftover({folder / "a.tempstate1", 1, 1})), "");
  EXPECT_EQ(Slug(RemoveLeftover({folder / "missing/a.tempstate1", 1, 1})), "");
}

// What a program leaves that dies in the middle of it.
TEST(FindLeftovers, KnowsWhatThisLibraryLeavesBehind) {
  const CheckpointFolder folder;
  for (const char* name : {"ckpt.index", "ckpt.data-00000"}) {
    ASSERT_TRUE(io::RealDisk().CreateTemporary(folder / name));
  }
  EXPECT_EQ(Names(folder).size(), 2u);
}

}  // namespace
}  // namespace regraft
