// What the manager leaves when the disk fails or the power does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "bundle/checkpoint_state_file.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/manager.h"
#include "testing/simulated_disk.h"
#include "train/test_objects.h"

namespace regraft::train {
namespace {

using ::testing::ElementsAre;

// A run of a program on a simulated disk: it goes on from what is there, and saves once. The
// checkpoint's name, or what failed.
std::string SaveOnce(io::Disk& disk, double time) {
  DenseObject model;
  auto manager =
      CheckpointManager::Open(Checkpoint({{"model", model}}), "runs",
                              {.max_to_keep = 2, .now = [time] { return time; }, .disk = &disk});
  if (!manager) return manager.error().ToString();
  if (const auto restored = manager->RestoreOrInitialize(); !restored) {
    return restored.error().ToString();
  }
  const auto saved = manager->Save();
  return saved ? (*saved)->substr(5) : saved.error().slug;
}

// Every checkpoint that the state file names can be read, to the last byte.
void ExpectStateIsSound(const io::Disk& disk) {
  const auto state = bundle::ReadCheckpointState(disk, "runs/checkpoint");
  ASSERT_TRUE(state && *state);
  std::vector<std::string> named = (*state)->all_model_checkpoint_paths;
  named.push_back((*state)->model_checkpoint_path);
  for (const std::string& name : named) {
    const auto reader = CheckpointReader::Open(disk, "runs/" + name, {});
    ASSERT_TRUE(reader) << reader.error().ToString();
    EXPECT_EQ(reader->prefix(), "runs/" + name);
    for (const Entry& entry : reader->entries()) EXPECT_TRUE(reader->Verify(entry));
  }
}

// After two saves.
testing::SimulatedDisk::Files TwoSaved() {
  testing::SimulatedDisk disk;
  EXPECT_EQ(SaveOnce(disk, 1001), "ckpt-1");
  EXPECT_EQ(SaveOnce(disk, 1002), "ckpt-2");
  return disk.Content();
}

TEST(CheckpointManager, NeverNamesMissingFilesWhereverThePowerFails) {
  const testing::SimulatedDisk::Files before = TwoSaved();
  std::uint64_t operations = 1;
  for (bool whole = false; !whole; ++operations) {
    ASSERT_LT(operations, 100U);
    testing::SimulatedDisk dying(before);
    dying.FailAt(operations, testing::Fault::kPower);
    whole = SaveOnce(dying, 1003) == "ckpt-3";
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(operations) + ", seed " + std::to_string(seed));
      testing::SimulatedDisk found(dying.AfterPowerLoss(seed));
      ExpectStateIsSound(found);
      const std::string next = SaveOnce(found, 1004);
      EXPECT_TRUE(next == "ckpt-3" || next == "ckpt-4") << next;
      ExpectStateIsSound(found);
      EXPECT_FALSE(whole && next != "ckpt-4") << "what was saved is lost";
    }
  }
  EXPECT_GT(operations, 12U);  // The files of a checkpoint, the state file, deletions.
}

TEST(CheckpointManager, GoesOnAfterAnyOperationFailed) {
  const testing::SimulatedDisk::Files before = TwoSaved();
  for (const testing::Fault fault : {testing::Fault::kNoSpace, testing::Fault::kBroken}) {
    bool whole = false;
    for (std::uint64_t operation = 1; !whole; ++operation) {
      ASSERT_LT(operation, 100U);
      SCOPED_TRACE("operation " + std::to_string(operation));
      testing::SimulatedDisk disk(before);
      DenseObject model;
      auto manager =
          CheckpointManager::Open(Checkpoint({{"model", model}}), "runs",
                                  {.max_to_keep = 2, .now = [] { return 1003.0; }, .disk = &disk});
      ASSERT_TRUE(manager && manager->RestoreOrInitialize());
      disk.FailAt(operation, fault);
      const auto saved = manager->Save();
      whole = saved.has_value();
      ExpectStateIsSound(disk);
      if (whole) break;  // The fault is still to come.
      const auto& details = saved.error().details;
      const Error::Detail done{"saved", "runs/ckpt-3"};
      const bool counts = std::find(details.begin(), details.end(), done) != details.end();
      EXPECT_EQ(manager->latest_checkpoint(), counts ? "runs/ckpt-3" : "runs/ckpt-2");
      const auto next = manager->Save();
      ASSERT_TRUE(next) << next.error().ToString();
      EXPECT_EQ(**next, counts ? "runs/ckpt-4" : "runs/ckpt-3");
      ExpectStateIsSound(disk);
    }
  }
}

TEST(CheckpointManager, SaysThatItSavedWhenOnlyADeletionFails) {
  const testing::SimulatedDisk::Files before = TwoSaved();
  std::uint64_t all = 0;
  {
    testing::SimulatedDisk disk(before);
    EXPECT_EQ(SaveOnce(disk, 1003), "ckpt-3");
    all = disk.operations();
  }
  testing::SimulatedDisk disk(before);
  DenseObject model;
  auto manager =
      CheckpointManager::Open(Checkpoint({{"model", model}}), "runs",
                              {.max_to_keep = 2, .now = [] { return 1003.0; }, .disk = &disk});
  ASSERT_TRUE(manager && manager->RestoreOrInitialize());
  disk.FailAt(all - 1, testing::Fault::kBroken);  // The data file; the last is to sync.
  const auto saved = manager->Save();
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::kIo);
  ASSERT_FALSE(saved.error().details.empty());
  EXPECT_EQ(saved.error().details.back(), (Error::Detail{"saved", "runs/ckpt-3"}));
  EXPECT_THAT(manager->checkpoints(), ElementsAre("runs/ckpt-2", "runs/ckpt-3"));
  EXPECT_FALSE(disk.Stat("runs/ckpt-1.index"));
}

TEST(CheckpointManager, ASaveThatFailedUsesUpNoStep) {
  testing::SimulatedDisk disk;
  DenseObject model;
  const Variable step("step", {DType::kInt64, Shape{}});
  Checkpoint checkpoint({{"model", model}});
  auto manager = CheckpointManager::Open(
      checkpoint, "runs", {.step_counter = step, .checkpoint_interval = 10, .disk = &disk});
  ASSERT_TRUE(manager);
  disk.FailAt(3, testing::Fault::kNoSpace);
  EXPECT_FALSE(manager->Save());
  EXPECT_EQ(manager->latest_checkpoint(), std::nullopt);
  EXPECT_EQ(checkpoint.save_counter().data<std::int64_t>()[0], 0);
  EXPECT_EQ(manager->Save().value(), "runs/ckpt-1");
}

}  // namespace
}  // namespace regraft::train
