#include "restore/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace regraft::restore {
namespace {

std::vector<Step> RandomSteps(std::mt19937_64& random, std::size_t count) {
  std::vector<Step> steps;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Step step{.source = i * 2 / std::max<std::size_t>(count, 1)};
    step.file = static_cast<std::uint32_t>(random() % 3);
    step.offset = offset;
    step.bytes = random() % 5 == 0 ? 0 : random() % (random() % 8 == 0 ? 100000 : 1000);
    step.uses = {{i, i}};
    offset += step.bytes;
    steps.push_back(std::move(step));
  }
  std::shuffle(steps.begin(), steps.end(), random);
  return steps;
}

TEST(Schedule, RunsAlongTheFiles) {
  std::mt19937_64 random(1);
  const Schedule schedule(RandomSteps(random, 100));
  const auto steps = schedule.steps();
  ASSERT_EQ(steps.size(), 100u);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const auto place = [](const Step& step) {
      return std::tuple(step.source, step.file, step.offset, step.bytes);
    };
    EXPECT_LE(place(steps[i - 1]), place(steps[i]));
  }
}

TEST(Schedule, PutsWhatIsEmptyInFrontOfWhatBeginsThere) {
  const Schedule schedule(
      {{.offset = 4, .bytes = 4, .uses = {{0, 0}}}, {.offset = 4, .bytes = 0, .uses = {{1, 1}}}});
  EXPECT_EQ(schedule.steps()[0].uses[0].place, 1u);
}

TEST(Schedule, DealsEveryStepIntoOnePart) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const Schedule whole(RandomSteps(random, random() % 40));
    std::uint64_t largest = 0;
    for (const Step& step : whole.steps()) largest = std::max(largest, step.bytes);
    for (const std::size_t count : {1, 2, 3, 8, 50}) {
      std::vector<Step> dealt;
      std::uint64_t bytes = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const Schedule part = whole.Part(i, count);
        bytes += part.bytes();
        dealt.insert(dealt.end(), part.steps().begin(), part.steps().end());
        // Every part ends within a step of its share.
        const auto share = static_cast<double>(whole.bytes()) / static_cast<double>(count);
        if (whole.steps().size() > 2 * count) {
          EXPECT_LE(static_cast<double>(part.bytes()), share + static_cast<double>(largest) + 1);
        }
        EXPECT_TRUE(!part.steps().empty() || whole.steps().size() <= i ||
                    whole.steps().size() < count);
      }
      EXPECT_EQ(bytes, whole.bytes());
      EXPECT_TRUE(std::ranges::equal(dealt, whole.steps())) << count;
    }
  }
}

}  // namespace
}  // namespace regraft::restore
