// The disk is full or broken at any moment of saving: an error, and everything as before.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "saving.h"

namespace regraft::crash {
namespace {

struct Case {
  const char* name;
  Save save;
  Files replaces;  // What is there before, if anything.
  testing::Fault fault;
  int more = 2;  // Steps that may fail when the old one has been replaced.
};

class DiskFailure : public ::testing::TestWithParam<Case> {};

TEST_P(DiskFailure, LeavesEverythingAsItWas) {
  const auto& [name, save, old, fault, more] = GetParam();
  const bool replaces = !old.empty();
  Files before = Bystanders();
  before.insert(old.begin(), old.end());
  testing::SimulatedDisk whole(before);
  ASSERT_TRUE(save(whole, replaces));
  const Values old_values = Read(before), new_values = Read(whole.Content());

  int undone = 0, unsure = 0, done = 0;
  for (std::uint64_t at = 1; at <= whole.operations(); ++at) {
    SCOPED_TRACE(at);
    testing::SimulatedDisk disk(before);
    disk.FailAt(at, fault);
    const Status saved = save(disk, replaces);
    const Values after_loss = Read(disk.AfterPowerLoss(at));
    if (saved) {  // Old data files could not be removed: nobody misses that.
      EXPECT_EQ(Read(disk.Content()), new_values);
      EXPECT_EQ(after_loss, new_values);
      ++done;
      continue;
    }
    EXPECT_EQ(saved.error().code, ErrorCode::kIo);
    EXPECT_TRUE(saved.error().slug.starts_with("io/")) << saved.error().ToString();
    EXPECT_FALSE(saved.error().file.empty());
    if (Read(disk.Content()) == old_values) {
      EXPECT_EQ(disk.Content(), before);
      EXPECT_EQ(after_loss, old_values);
      ++undone;
    } else {
      // Only the last syncing failed: the new one is there, and the old one's data too.
      EXPECT_EQ(Read(disk.Content()), new_values);
      EXPECT_TRUE(after_loss == old_values || after_loss == new_values);
      EXPECT_NE(saved.error().ToString().find("the new checkpoint is in place"), std::string::npos);
      ++unsure;
    }
  }
  EXPECT_GT(undone, 5);
  EXPECT_EQ(unsure, 1);
  EXPECT_EQ(done, replaces ? more : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Saving, DiskFailure,
    ::testing::Values(
        Case{"FullDiskAnew", SaveValues, {}, testing::Fault::kNoSpace},
        Case{"FullDiskOver", SaveValues, OldCheckpoint(2), testing::Fault::kNoSpace},
        Case{"BrokenDiskAnew", SaveValues, {}, testing::Fault::kBroken},
        Case{"BrokenDiskOver", SaveValues, OldCheckpoint(2), testing::Fault::kBroken},
        Case{"FullDiskCopyingOver", SaveCopies, OldCheckpoint(2), testing::Fault::kNoSpace},
        Case{"BrokenDiskCopyingAnew", SaveCopies, {}, testing::Fault::kBroken},
        Case{"BrokenDiskLinkingAnew", SaveLinks, {}, testing::Fault::kBroken},
        Case{"FullDiskLinkingOver", SaveLinks, OldCheckpoint(2), testing::Fault::kNoSpace},
        Case{"FullDiskLikeAnotherAnew", SaveLike, {}, testing::Fault::kNoSpace},
        Case{"BrokenDiskLikeAnotherOver", SaveLike, OldKeras(), testing::Fault::kBroken, 0}),
    [](const auto& test) { return test.param.name; });

TEST(Saving, ReplacesInOneStepAndTidiesUp) {
  for (const std::int32_t old_shards : {1, 2, 3}) {
    Files before = Bystanders();
    before.merge(OldCheckpoint(old_shards));
    testing::SimulatedDisk disk(before);
    ASSERT_TRUE(SaveValues(disk, true));
    Files expected = Bystanders();
    const Files after = disk.Content();
    EXPECT_TRUE(std::includes(after.begin(), after.end(), expected.begin(), expected.end()));
    // Two data files, or three if the old ones' names are in the way; the third is empty.
    const std::size_t shards = old_shards == 2 ? 3 : 2;
    EXPECT_EQ(after.size(), expected.size() + 1 + shards);
    if (shards == 3) {
      EXPECT_EQ(after.at("run/ckpt.data-00002-of-00003"), "");
    }
  }
}

TEST(Saving, RefusesToReplaceUnlessTold) {
  Files before = Bystanders();
  before.merge(OldCheckpoint(1));
  testing::SimulatedDisk disk(before);
  for (const Save& save : {Save(SaveValues), Save(SaveCopies), Save(SaveLinks)}) {
    const Status saved = save(disk, false);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().slug, "checkpoint/exists");
    EXPECT_EQ(disk.Content(), before);
  }
  EXPECT_EQ(disk.operations(), 0u);
}

TEST(Saving, ReplacesADamagedCheckpoint) {
  for (const std::string index : {"", "not an index"}) {
    Files before = OldCheckpoint(1);
    before.merge(Bystanders());
    before["run/ckpt.index"] = index;
    testing::SimulatedDisk disk(before);
    ASSERT_TRUE(SaveValues(disk, true));
    testing::SimulatedDisk fresh(Bystanders());
    ASSERT_TRUE(SaveValues(fresh, false));
    EXPECT_EQ(Read(disk.Content()), Read(fresh.Content()));
  }
}

}  // namespace
}  // namespace regraft::crash
