// What the manager keeps, deletes and remembers.
#include "regraft/manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "regraft/checkpoint.h"
#include "testing/checkpoint_folder.h"
#include "train/test_objects.h"

namespace regraft::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kHour = 3600;

// A run of a program: a model, a checkpoint of it, and a clock that ticks once a save.
struct Program {
  explicit Program(const testing::CheckpointFolder& in, double start = 1000)
      : folder(in), time(start) {
    options.now = [this] { return time; };
  }
  // Pre: the options are as they shall be.
  void Open() {
    auto opened = CheckpointManager::Open(checkpoint, folder.path(), options);
    ASSERT_TRUE(opened) << opened.error().ToString();
    manager.emplace(*std::move(opened));
  }
  std::string Save(std::optional<std::int64_t> number = {}, bool check_interval = true) {
    time += 1;
    if (!manager) Open();
    const auto path = manager->Save(number, check_interval);
    if (!path) return path.error().slug;
    return *path ? std::string(std::filesystem::path(**path).filename()) : "none";
  }
  std::vector<std::string> Kept() const { return NamesOf(manager->checkpoints()); }
  static std::vector<std::string> NamesOf(const std::vector<std::string>& paths) {
    std::vector<std::string> names;
    for (const std::string& path : paths) {
      names.push_back(std::filesystem::path(path).filename());
    }
    return names;
  }
  // The checkpoints that are there, whether the manager knows them or not.
  std::vector<std::string> OnDisk() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename();
      if (name.ends_with(".index")) names.push_back(name.substr(0, name.size() - 6));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string State() const {
    std::ifstream file(folder / "checkpoint", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  const testing::CheckpointFolder& folder;
  double time;
  DenseObject model;
  Checkpoint checkpoint{{"model", model}};
  ManagerOptions options;
  std::optional<CheckpointManager> manager;
};

TEST(CheckpointManager, KeepsTheNewest) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  run.options.max_to_keep = 2;
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(run.Save(), "ckpt-" + std::to_string(i));
  EXPECT_THAT(run.Kept(), ElementsAre("ckpt-3", "ckpt-4"));
  EXPECT_THAT(run.OnDisk(), ElementsAre("ckpt-3", "ckpt-4"));
  EXPECT_EQ(run.manager->latest_checkpoint(), folder / "ckpt-4");
  EXPECT_EQ(run.State(),
            "model_checkpoint_path: \"ckpt-4\"\n"
            "all_model_checkpoint_paths: \"ckpt-3\"\n"
            "all_model_checkpoint_paths: \"ckpt-4\"\n"
            "all_model_checkpoint_timestamps: 1003.0\n"
            "all_model_checkpoint_timestamps: 1004.0\n"
            "last_preserved_timestamp: 1000.0\n");
  const std::size_t files = static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()));
  EXPECT_EQ(files, 5U);  // Two of two files, and the state file.
}

TEST(CheckpointManager, KeepsAllWithoutALimit) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  for (int i = 0; i < 7; ++i) run.Save();
  EXPECT_EQ(run.OnDisk().size(), 7U);
  EXPECT_EQ(run.Kept().size(), 7U);
}

TEST(CheckpointManager, GoesOnInAnotherRun) {
  const testing::CheckpointFolder folder;
  Program first(folder);
  first.options.max_to_keep = 3;
  for (int i = 0; i < 5; ++i) first.Save();
  first.model.kernel.mutable_data<float>()[0] = 8;
  first.Save();

  Program second(folder, 2000);
  second.options.max_to_keep = 2;
  second.Open();
  EXPECT_THAT(second.Kept(), ElementsAre("ckpt-4", "ckpt-5", "ckpt-6"));
  const auto report = second.manager->RestoreOrInitialize();
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_TRUE(*report);
  EXPECT_EQ((*report)->restored.size(), 2U);
  EXPECT_EQ((*report)->plan.source_prefix, folder / "ckpt-6");
  EXPECT_EQ(second.model.kernel.data<float>()[0], 8);
  EXPECT_EQ(second.Save(), "ckpt-7");
  EXPECT_THAT(second.Kept(), ElementsAre("ckpt-6", "ckpt-7"));
  EXPECT_THAT(second.OnDisk(), ElementsAre("ckpt-6", "ckpt-7"));
}

TEST(CheckpointManager, InitializesWhenThereIsNothing) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  int called = 0;
  run.options.init_fn = [&]() -> Status {
    ++called;
    return {};
  };
  run.Open();
  EXPECT_EQ(run.manager->latest_checkpoint(), std::nullopt);
  const auto report = run.manager->RestoreOrInitialize();
  ASSERT_TRUE(report);
  EXPECT_FALSE(*report);
  EXPECT_EQ(called, 1);
  run.Save();
  ASSERT_TRUE(run.manager->RestoreOrInitialize().value());
  EXPECT_EQ(called, 1);
}

TEST(CheckpointManager, PassesOnWhatInitializingFailedWith) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  run.options.init_fn = []() -> Status {
    return Fail(Error(ErrorCode::kUnmet, "test/init", "no data"));
  };
  run.Open();
  EXPECT_EQ(run.manager->RestoreOrInitialize().error().slug, "test/init");
}

// TensorFlow's names and times for this are in the state file that it wrote.
TEST(CheckpointManager, KeepsOneForGoodEverySoManyHours) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  run.options.max_to_keep = 2;
  run.options.keep_checkpoint_every_n_hours = 3;
  run.Open();
  for (int i = 0; i < 6; ++i) {
    run.time += 2 * kHour - 1;
    run.Save();
  }
  // Swept 1: 2 h after the start; 2: 4 h, kept; 3: 2 h after it; 4: 4 h, kept.
  EXPECT_THAT(run.OnDisk(), ElementsAre("ckpt-2", "ckpt-4", "ckpt-5", "ckpt-6"));
  EXPECT_THAT(run.Kept(), ElementsAre("ckpt-5", "ckpt-6"));
  EXPECT_THAT(run.State(), HasSubstr("last_preserved_timestamp: 29800.0\n"));

  Program later(folder, run.time + 1);
  later.options = run.options;
  later.options.now = [&] { return later.time; };
  later.options.max_to_keep = 1;
  later.Open();
  ASSERT_TRUE(later.manager->RestoreOrInitialize());
  EXPECT_EQ(later.Save(), "ckpt-7");
  // Swept 5: 2 h after the last that was kept; 6: 4 h.
  EXPECT_THAT(later.OnDisk(), ElementsAre("ckpt-2", "ckpt-4", "ckpt-6", "ckpt-7"));
}

TEST(CheckpointManager, TakesANumberAndCountsAllTheSame) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  run.options.checkpoint_name = "w";
  EXPECT_EQ(run.Save(77), "w-77");
  EXPECT_EQ(run.Save(), "w-2");
  EXPECT_THAT(run.Kept(), ElementsAre("w-77", "w-2"));
  EXPECT_EQ(run.Save(77), "w-77");
  EXPECT_THAT(run.Kept(), ElementsAre("w-2", "w-77"));
}

TEST(CheckpointManager, WaitsForTheInterval) {
  const testing::CheckpointFolder folder;
  Program run(folder);
  const Variable step("step", {DType::kInt32, Shape{}});
  std::int32_t& now = step.mutable_data<std::int32_t>()[0];
  run.options.step_counter = step;
  run.options.checkpoint_interval = 10;
  EXPECT_EQ(run.Save(), "ckpt-1");
  now = 9;
  EXPECT_EQ(run.Save(), "none");
  EXPECT_EQ(run.Save({}, false), "ckpt-2");
  EXPECT_EQ(run.Save({}, false), "none");  // The same step.
  now = 18;
  EXPECT_EQ(run.Save(), "none");
  now = 19;
  EXPECT_EQ(run.Save(), "ckpt-3");

  Program later(folder);
  later.options.step_counter = step;
  later.options.checkpoint_interval = 10;
  later.Open();
  ASSERT_TRUE(later.manager->RestoreOrInitialize());
  now = 28;
  EXPECT_EQ(later.Save(), "none");
  now = 29;
  EXPECT_EQ(later.Save(), "ckpt-4");
}

TEST(CheckpointManager, DoesNotReplaceWhatItHasNotRestored) {
  const testing::CheckpointFolder folder;
  Program first(folder);
  first.Save();
  first.Save();
  Program second(folder, 2000);
  EXPECT_EQ(second.Save(), "train/would-replace");
  EXPECT_EQ(second.checkpoint.save_counter().data<std::int64_t>()[0], 0);
  EXPECT_EQ(second.Save(1), "ckpt-1");
  EXPECT_EQ(second.Save(), "train/would-replace");  // ckpt-2 is not its own either.
  ASSERT_TRUE(second.checkpoint.Restore(folder / "ckpt-1"));
  EXPECT_EQ(second.Save(), "ckpt-2");
}

TEST(CheckpointManager, GoesOnWithTheNextNumberWithoutAnyObject) {
  const testing::CheckpointFolder folder;
  Variable step = Floats("step", {1});
  const auto run = [&](const Checkpoint::Value& held) {
    auto manager = CheckpointManager::Open(Checkpoint({{"held", held}}), folder.path(), {});
    EXPECT_TRUE(manager);
    EXPECT_TRUE(manager->RestoreOrInitialize());
    return std::string(std::filesystem::path(**manager->Save()).filename());
  };
  EXPECT_EQ(run(step), "ckpt-1");
  EXPECT_EQ(run(step), "ckpt-2");
  EXPECT_EQ(run(std::vector<Variable>{step}), "ckpt-3");
}

TEST(CheckpointManager, ReplacesWhatAFirstRunThatDiedHasLeft) {
  const testing::CheckpointFolder folder;
  Program died(folder);
  ASSERT_TRUE(died.checkpoint.Write(folder / "ckpt-1"));
  Program run(folder);
  EXPECT_EQ(run.Save(), "ckpt-1");
}

TEST(CheckpointManager, AdoptsAFolderOfPlainSaves) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  Checkpoint plain({{"model", model}});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(plain.Save(folder / "ckpt"));
  Program run(folder);
  run.options.max_to_keep = 1;
  run.Open();
  EXPECT_THAT(run.Kept(), IsEmpty());  // As in TensorFlow: without times nothing is its own.
  EXPECT_EQ(run.manager->latest_checkpoint(), folder / "ckpt-3");
  ASSERT_TRUE(run.manager->RestoreOrInitialize());
  EXPECT_EQ(run.Save(), "ckpt-4");
  EXPECT_THAT(run.OnDisk(), ElementsAre("ckpt-1", "ckpt-2", "ckpt-3", "ckpt-4"));
}

TEST(CheckpointManager, DeletesNothingOldWhenTheClockWasSetBack) {
  const testing::CheckpointFolder folder;
  Program first(folder, 5000);
  first.options.max_to_keep = 2;
  for (int i = 0; i < 3; ++i) first.Save();
  Program second(folder, 100);
  second.options.max_to_keep = 2;
  second.Open();
  EXPECT_THAT(second.Kept(), IsEmpty());
  ASSERT_TRUE(second.manager->RestoreOrInitialize());
  for (int i = 0; i < 3; ++i) second.Save();
  EXPECT_THAT(second.OnDisk(), ElementsAre("ckpt-2", "ckpt-3", "ckpt-5", "ckpt-6"));
}

TEST(CheckpointManager, DeletesOnlyBelowItsFolder) {
  const testing::CheckpointFolder outer;
  outer.Save("outside-1");
  outer.Write("in/checkpoint",
              "model_checkpoint_path: 'gone-2'\n"
              "all_model_checkpoint_paths: ['../outside-1', '" +
                  outer / "outside-1" +
                  "', 'gone-2']\n"
                  "all_model_checkpoint_timestamps: [5, 6, 7]\n");
  DenseObject model;
  ManagerOptions options;
  options.max_to_keep = 1;
  auto manager = CheckpointManager::Open(Checkpoint({{"model", model}}), outer / "in/", options);
  ASSERT_TRUE(manager) << manager.error().ToString();
  EXPECT_THAT(manager->checkpoints(),
              ElementsAre(outer / "in/../outside-1", outer / "outside-1", outer / "in/gone-2"));
  const auto saved = manager->Save();
  ASSERT_TRUE(saved) << saved.error().ToString();
  EXPECT_EQ(**saved, outer / "in/ckpt-1");
  EXPECT_TRUE(CheckpointReader::Open(outer / "outside-1"));
  EXPECT_THAT(Program::NamesOf(manager->checkpoints()), ElementsAre("ckpt-1"));
}

TEST(CheckpointManager, WorksInTheCurrentFolder) {
  const testing::CheckpointFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  DenseObject model;
  ManagerOptions options;
  options.max_to_keep = 1;
  auto manager = CheckpointManager::Open(Checkpoint({{"model", model}}), "", options);
  const auto first = manager->Save();
  const auto second = manager->Save();
  std::filesystem::current_path(before);
  ASSERT_TRUE(second) << second.error().ToString();
  EXPECT_EQ(**second, "ckpt-2");
  EXPECT_FALSE(std::filesystem::exists(folder / "ckpt-1.index"));
  EXPECT_TRUE(std::filesystem::exists(folder / "ckpt-2.index"));
}

TEST(CheckpointManager, RefusesAStateFileThatItCannotRead) {
  const testing::CheckpointFolder folder;
  DenseObject model;
  const Checkpoint checkpoint({{"model", model}});
  folder.Write("checkpoint", "garbage");
  const auto garbage = CheckpointManager::Open(checkpoint, folder.path());
  EXPECT_EQ(garbage.error().slug, "state/bad-text");
  EXPECT_EQ(garbage.error().file, folder / "checkpoint");
  folder.Write("checkpoint", "");
  EXPECT_EQ(CheckpointManager::Open(checkpoint, folder.path()).error().slug, "state/no-path");
}

TEST(CheckpointManager, RefusesOptionsThatContradictThemselves) {
  const auto slug = [](ManagerOptions options) {
    DenseObject model;
    const auto manager =
        CheckpointManager::Open(Checkpoint({{"model", model}}), "/nowhere", std::move(options));
    return manager ? "" : manager.error().slug;
  };
  const Variable step("step", {DType::kInt64, Shape{}});
  EXPECT_EQ(slug({}), "");
  EXPECT_EQ(slug({.max_to_keep = 0}), "train/bad-manager");
  EXPECT_EQ(slug({.max_to_keep = -1}), "train/bad-manager");
  EXPECT_EQ(slug({.keep_checkpoint_every_n_hours = -1}), "train/bad-manager");
  EXPECT_EQ(slug({.checkpoint_name = ""}), "train/bad-manager");
  EXPECT_EQ(slug({.checkpoint_name = "/etc/x"}), "train/bad-manager");
  EXPECT_EQ(slug({.checkpoint_interval = 5}), "train/bad-manager");
  EXPECT_EQ(slug({.step_counter = Floats("f", {1}, Shape{}), .checkpoint_interval = 5}),
            "train/bad-manager");
  EXPECT_EQ(slug({.step_counter = step, .checkpoint_interval = 5}), "");
}

}  // namespace
}  // namespace regraft::train
