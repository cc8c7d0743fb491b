#include "edit/units.h"

#include <gtest/gtest.h>

namespace regraft::edit {
namespace {

using restore::Schedule;
using restore::Step;

std::vector<Step> Tensors(std::vector<std::uint64_t> sizes) {
  std::vector<Step> steps;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    steps.push_back({.offset = offset, .bytes = sizes[i], .piece = 0, .uses = {{i, i}}});
    offset += sizes[i];
  }
  return steps;
}

// Bytes of each data file.
std::vector<std::uint64_t> Files(const std::vector<Step>& tensors, std::int32_t shards) {
  const Schedule schedule(tensors);
  const std::vector<bool> starts = LayOut(schedule, shards);
  std::vector<std::uint64_t> files(1, 0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (starts[i]) files.push_back(0);
    files.back() += schedule.steps()[i].bytes;
  }
  return files;
}

TEST(LayOut, KeepsTheDataFilesOfOneSource) {
  std::vector<Step> steps = Tensors({10, 10, 10, 10});
  steps[0].file = 3;
  steps[2].file = 1;
  const Schedule schedule(steps);
  EXPECT_EQ(schedule.steps()[0].uses[0].place, 1u);
  EXPECT_EQ(schedule.steps()[3].uses[0].place, 0u);
  EXPECT_EQ(Files(steps, 0), (std::vector<std::uint64_t>{20, 10, 10}));
}

TEST(LayOut, PutsSeveralSourcesIntoOneFile) {
  std::vector<Step> steps = Tensors({10, 10});
  steps[1].source = 1;
  steps[1].file = 4;
  EXPECT_EQ(Files(steps, 0), (std::vector<std::uint64_t>{20}));
}

TEST(LayOut, CutsIntoFilesOfAboutEqualSize) {
  std::vector<Step> steps = Tensors({10, 10, 10, 10, 10, 10, 10, 10});
  EXPECT_EQ(Files(steps, 4), (std::vector<std::uint64_t>{20, 20, 20, 20}));
  steps = Tensors({100, 1, 1, 1});
  EXPECT_EQ(Files(steps, 2), (std::vector<std::uint64_t>{100, 3}));
  steps = Tensors({1, 1, 1, 100});
  EXPECT_EQ(Files(steps, 2), (std::vector<std::uint64_t>{3, 100}));
}

TEST(LayOut, GivesEveryFileSomethingWhileThereIsEnough) {
  std::vector<Step> steps = Tensors({0, 0, 0, 0});
  EXPECT_EQ(Files(steps, 3).size(), 3u);
  steps = Tensors({5, 5});
  EXPECT_EQ(Files(steps, 7).size(), 2u);
}

}  // namespace
}  // namespace regraft::edit
