// The power fails at any moment of saving: the old checkpoint is there, or the new one.
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>

#include "saving.h"

namespace regraft::crash {
namespace {

constexpr std::uint64_t kSeeds = 200;

struct Case {
  const char* name;
  Save save;
  Files old;  // What is there before, if anything.
};

class PowerLoss : public ::testing::TestWithParam<Case> {
 protected:
  Files Before() const {
    Files files = Bystanders();
    files.insert(GetParam().old.begin(), GetParam().old.end());
    return files;
  }
  bool overwrite() const { return !GetParam().old.empty(); }
  // The values that saving makes, and how many operations it takes.
  Values Whole(std::uint64_t* operations) const {
    testing::SimulatedDisk disk(Before());
    const Status saved = GetParam().save(disk, overwrite());
    EXPECT_TRUE(saved) << saved.error().ToString();
    *operations = disk.operations();
    return Read(disk.Content());
  }
};

TEST_P(PowerLoss, LeavesTheOldCheckpointOrTheNewOne) {
  std::uint64_t operations = 0;
  const Values old_values = Read(Before()), new_values = Whole(&operations);
  ASSERT_NE(old_values, new_values);
  ASSERT_GT(operations, 5u);
  std::uint64_t olds = 0, news = 0;
  for (std::uint64_t at = 1; at <= operations + 1; ++at) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      testing::SimulatedDisk disk(Before());
      disk.FailAt(at, testing::Fault::kPower);
      const Status saved = GetParam().save(disk, overwrite());
      const Values found = Read(disk.AfterPowerLoss(seed));
      ASSERT_TRUE(found == new_values || found == old_values)
          << "operation " << at << " seed " << seed;
      if (saved) {
        ASSERT_EQ(found, new_values) << "saving said that it was done; seed " << seed;
      }
      ++(found == new_values ? news : olds);
    }
  }
  // Both have happened, or the test has seen nothing.
  EXPECT_GT(olds, 0u);
  EXPECT_GT(news, 0u);
}

TEST_P(PowerLoss, DoesNotHinderTheNextSaving) {
  std::uint64_t operations = 0;
  const Values new_values = Whole(&operations);
  for (std::uint64_t at = 1; at <= operations + 1; ++at) {
    for (std::uint64_t seed = 0; seed < kSeeds / 10; ++seed) {
      testing::SimulatedDisk disk(Before());
      disk.FailAt(at, testing::Fault::kPower);
      (void)GetParam().save(disk, overwrite());
      testing::SimulatedDisk restarted(disk.AfterPowerLoss(seed));
      const Status saved = GetParam().save(restarted, /*overwrite=*/true);
      ASSERT_TRUE(saved) << saved.error().ToString();
      ASSERT_EQ(Read(restarted.AfterPowerLoss(seed)), new_values) << at << " " << seed;
    }
  }
}

// Removing a checkpoint is not synced by those who do it.
TEST(PowerLossAfterRemoval, BringsTheOldCheckpointBackWholeOrNotAtAll) {
  Files before = Bystanders();
  before.merge(OldCheckpoint(2));
  const std::string index = std::string(kPrefix) + ".index";
  testing::SimulatedDisk whole(before);
  ASSERT_TRUE(whole.Remove(index));
  ASSERT_TRUE(SaveValues(whole, false));
  const Values old_values = Read(before), new_values = Read(whole.Content());
  for (std::uint64_t at = 2; at <= whole.operations(); ++at) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      testing::SimulatedDisk disk(before);
      ASSERT_TRUE(disk.Remove(index));
      disk.FailAt(at, testing::Fault::kPower);
      ASSERT_FALSE(SaveValues(disk, false));
      const Values found = Read(disk.AfterPowerLoss(seed));
      ASSERT_TRUE(found == new_values || found == old_values || found.empty()) << at << " " << seed;
    }
  }
}

// TensorFlow syncs nothing: what it has just written is not on the disk when it is linked.
void WriteUnsynced(testing::SimulatedDisk& disk, const Files& files) {
  for (const auto& [path, content] : files) {
    auto file = disk.Create(path);
    ASSERT_TRUE(file && (*file)->Append(std::as_bytes(std::span(content))));
  }
  ASSERT_TRUE(disk.SyncFolder("run"));
}

TEST(PowerLossAfterLinking, FindsTheDataThere) {
  const Files old = OldCheckpoint(1);
  const Values old_values = Read(old);
  testing::SimulatedDisk whole(old);
  WriteUnsynced(whole, Bystanders());
  const std::uint64_t before = whole.operations();
  ASSERT_TRUE(SaveLinks(whole, true));
  const Values new_values = Read(whole.Content());
  for (std::uint64_t at = before + 1; at <= whole.operations() + 1; ++at) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      testing::SimulatedDisk disk(old);
      WriteUnsynced(disk, Bystanders());
      disk.FailAt(at, testing::Fault::kPower);
      const bool saved = SaveLinks(disk, true).has_value();
      const Values found = Read(disk.AfterPowerLoss(seed));
      ASSERT_TRUE(found == new_values || (!saved && found == old_values)) << at << " " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Saving, PowerLoss,
    ::testing::Values(
        Case{"ValuesAnew", SaveValues, {}}, Case{"ValuesOverOneFile", SaveValues, OldCheckpoint(1)},
        Case{"ValuesOverTwoFiles", SaveValues, OldCheckpoint(2)},
        Case{"ValuesOverThreeFiles", SaveValues, OldCheckpoint(3)},
        Case{"CopiesAnew", SaveCopies, {}}, Case{"CopiesOverOneFile", SaveCopies, OldCheckpoint(1)},
        Case{"LinksAnew", SaveLinks, {}}, Case{"LinksOverOneFile", SaveLinks, OldCheckpoint(1)},
        Case{"LikeAnotherAnew", SaveLike, {}}, Case{"LikeAnotherOver", SaveLike, OldKeras()}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace regraft::crash
