#include "formats/numpy/writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/golden.h"
#include "testing/simulated_disk.h"

namespace regraft::numpy {
namespace {

std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

TEST(NumpyWriter, WritesWhatNumpyWrites) {
  testing::SimulatedDisk disk;
  auto writer = Create(disk, "one.npz", {});
  ASSERT_TRUE(writer);
  const std::string values = "\x01\x02";
  ASSERT_TRUE((*writer)->Begin("a", {DType::kUint8, {2}}));
  ASSERT_TRUE((*writer)->Append(std::as_bytes(std::span(values))));
  ASSERT_TRUE((*writer)->End());
  ASSERT_TRUE((*writer)->Finish());
  EXPECT_EQ(disk.Content().at("one.npz"), testing::Golden("formats/one.npz"));
}

TEST(NumpyWriter, AlignsValues) {
  testing::SimulatedDisk disk;
  auto writer = Create(disk, "a.npz", {.data_alignment = 4096});
  ASSERT_TRUE(writer);
  const std::string values = "0123456789abcdef";
  for (const char* key : {"a", "of another length"}) {
    ASSERT_TRUE((*writer)->Begin(key, {DType::kInt32, {4}}));
    ASSERT_TRUE((*writer)->Append(std::as_bytes(std::span(values))));
    ASSERT_TRUE((*writer)->End());
  }
  ASSERT_TRUE((*writer)->Finish());
  const std::string content = disk.Content().at("a.npz");
  const std::size_t first = content.find(values);
  EXPECT_EQ(first % 4096, 0u);
  EXPECT_EQ(content.find(values, first + 1) % 4096, 0u);
}

TEST(NumpyWriter, RefusesWhatNumpyWouldNotReadBack) {
  testing::SimulatedDisk disk;
  const auto begin = [&](const std::string& key, DType dtype) {
    auto writer = Create(disk, "a.npz", {});
    return writer ? Slug((*writer)->Begin(key, {dtype, {1}})) : writer.error().slug;
  };
  EXPECT_EQ(begin("w", DType::kFloat8E5m2), "numpy/dtype");
  EXPECT_EQ(begin("w", DType::kInt4), "numpy/dtype");
  EXPECT_EQ(begin("w", DType::kVariant), "numpy/dtype");
  EXPECT_EQ(begin(std::string("w\0", 2), DType::kInt8), "numpy/bad-name");
  EXPECT_EQ(begin("\xff", DType::kInt8), "numpy/bad-name");
  EXPECT_EQ(begin(std::string(70'000, 'w'), DType::kInt8), "numpy/bad-name");
  EXPECT_TRUE(disk.Content().empty());
  const auto add = [&](std::vector<std::string> strings) {
    auto writer = Create(disk, "a.npz", {});
    const auto size = static_cast<std::int64_t>(strings.size());
    return writer ? Slug((*writer)->AddStrings("s", {size}, strings)) : writer.error().slug;
  };
  EXPECT_EQ(add({std::string("a\0", 2)}), "numpy/strings");
  std::vector<std::string> one_long(10'000);
  one_long[0] = std::string(10'000, 'a');
  EXPECT_EQ(add(one_long), "numpy/strings");
  EXPECT_EQ(Create(disk, "a.npz", {.max_file_bytes = 1}).error().slug, "numpy/one-file");
  EXPECT_EQ(Create(disk, "a.npz", {.data_alignment = 65536}).error().slug, "numpy/alignment");
}

}  // namespace
}  // namespace regraft::numpy
