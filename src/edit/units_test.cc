#include "edit/units.h"

#include <gtest/gtest.h>

namespace regraft::edit {
namespace {

std::vector<Unit> Tensors(std::vector<std::uint64_t> sizes) {
  std::vector<Unit> units;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    units.push_back({i, 0, false, 0, 0, offset, sizes[i]});
    offset += sizes[i];
  }
  return units;
}

// Bytes of each data file.
std::vector<std::uint64_t> Files(const std::vector<Unit>& units, const std::vector<bool>& starts) {
  std::vector<std::uint64_t> files(1, 0);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (starts[i]) files.push_back(0);
    files.back() += units[i].bytes;
  }
  return files;
}

TEST(LayOut, KeepsTheDataFilesOfOneSource) {
  std::vector<Unit> units = Tensors({10, 10, 10, 10});
  units[0].shard = 3;
  units[2].shard = 1;
  const std::vector<bool> starts = LayOut(units, 0);
  EXPECT_EQ(units[0].entry, 1u);
  EXPECT_EQ(units[3].entry, 0u);
  EXPECT_EQ(Files(units, starts), (std::vector<std::uint64_t>{20, 10, 10}));
}

TEST(LayOut, PutsWhatIsEmptyInFrontOfWhatBeginsThere) {
  std::vector<Unit> units = Tensors({4, 0, 4});
  std::swap(units[1].entry, units[2].entry);  // The empty one comes later in order of keys.
  LayOut(units, 0);
  EXPECT_EQ(units[1].entry, 2u);
  EXPECT_EQ(units[2].entry, 1u);
}

TEST(LayOut, PutsSeveralSourcesIntoOneFile) {
  std::vector<Unit> units = Tensors({10, 10});
  units[1].source = 1;
  units[1].shard = 4;
  EXPECT_EQ(Files(units, LayOut(units, 0)), (std::vector<std::uint64_t>{20}));
}

TEST(LayOut, CutsIntoFilesOfAboutEqualSize) {
  std::vector<Unit> units = Tensors({10, 10, 10, 10, 10, 10, 10, 10});
  EXPECT_EQ(Files(units, LayOut(units, 4)), (std::vector<std::uint64_t>{20, 20, 20, 20}));
  units = Tensors({100, 1, 1, 1});
  EXPECT_EQ(Files(units, LayOut(units, 2)), (std::vector<std::uint64_t>{100, 3}));
  units = Tensors({1, 1, 1, 100});
  EXPECT_EQ(Files(units, LayOut(units, 2)), (std::vector<std::uint64_t>{3, 100}));
}

TEST(LayOut, GivesEveryFileSomethingWhileThereIsEnough) {
  std::vector<Unit> units = Tensors({0, 0, 0, 0});
  EXPECT_EQ(Files(units, LayOut(units, 3)).size(), 3u);
  units = Tensors({5, 5});
  EXPECT_EQ(Files(units, LayOut(units, 7)).size(), 2u);
}

}  // namespace
}  // namespace regraft::edit
