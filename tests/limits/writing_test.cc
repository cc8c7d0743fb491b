// Tensors pass through writing and copying; they are never in memory.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "allocations.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/writer.h"
#include "testing/checkpoint_folder.h"

namespace regraft {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kTensor = 24 * kMiB;
constexpr std::size_t kAllowed = 6 * kMiB;

TEST(Writing, NeedsLessMemoryThanOneTensor) {
  const testing::CheckpointFolder folder;
  const std::vector<std::byte> chunk(kMiB, std::byte{42});
  limits::ForgetPeak();
  auto writer = CheckpointWriter::Create(folder / "p");
  ASSERT_TRUE(writer);
  EXPECT_TRUE(writer->Begin("large", {DType::kUint8, {std::int64_t{kTensor}}}));
  for (std::size_t done = 0; done < kTensor; done += kMiB) ASSERT_TRUE(writer->Append(chunk));
  EXPECT_TRUE(writer->End());
  EXPECT_TRUE(writer->Finish());
  EXPECT_LT(limits::PeakBytes(), kAllowed);
  EXPECT_GT(limits::PeakBytes(), 0u);
}

TEST(Writing, CopiesInLessMemoryThanOneTensor) {
  const testing::CheckpointFolder folder;
  {
    auto writer = CheckpointWriter::Create(folder / "from");
    ASSERT_TRUE(writer);
    const std::vector<std::byte> bytes(kTensor, std::byte{42});
    EXPECT_TRUE(writer->Add("large", {DType::kUint8, {std::int64_t{kTensor}}}, bytes));
    EXPECT_TRUE(writer->AddStrings("text", {1}, std::vector{std::string(kTensor, 'x')}));
    EXPECT_TRUE(writer->Finish());
  }
  for (const bool verify : {true, false}) {
    const auto from = CheckpointReader::Open(folder / "from", {.verify_checksums = verify});
    ASSERT_TRUE(from);
    limits::ForgetPeak();
    auto writer = CheckpointWriter::Create(folder / "p", {.overwrite = true});
    ASSERT_TRUE(writer);
    for (const Entry& entry : from->entries()) {
      EXPECT_TRUE(writer->AddStored(entry.key, *from, entry));
    }
    EXPECT_TRUE(writer->Finish());
    EXPECT_LT(limits::PeakBytes(), kAllowed);
  }
}

TEST(Writing, GrowsWithTheIndexOnly) {
  constexpr std::int64_t kTensors = 20000;
  const testing::CheckpointFolder folder;
  limits::ForgetPeak();
  auto writer = CheckpointWriter::Create(folder / "p");
  ASSERT_TRUE(writer);
  const std::vector<float> values(64);
  for (std::int64_t i = 0; i < kTensors; ++i) {
    ASSERT_TRUE(writer->Add("model/layer_" + std::to_string(i) + "/kernel", {DType::kFloat32, {64}},
                            std::as_bytes(std::span(values))));
  }
  EXPECT_TRUE(writer->Finish());
  EXPECT_LT(limits::PeakBytes(), kAllowed + kTensors * 768);
}

}  // namespace
}  // namespace regraft
