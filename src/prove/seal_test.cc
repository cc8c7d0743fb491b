// The checksum over the weights of a .keras file, which none of its entries has.
#include <gtest/gtest.h>

#include <string>

#include "regraft/checkpoint.h"
#include "regraft/prove.h"
#include "testing/files.h"
#include "testing/golden.h"

namespace regraft {
namespace {

Verification Verified(std::string bytes) {
  const testing::MemoryFiles files({{"a.keras", std::move(bytes)}});
  const auto reader = CheckpointReader::Open(files, "a.keras", {});
  EXPECT_TRUE(reader) << reader.error().ToString();
  auto found = VerifyCheckpoint(*reader);
  EXPECT_TRUE(found) << found.error().ToString();
  return *std::move(found);
}

TEST(Seal, VerifiesWhatItCovers) {
  const Verification found = Verified(testing::Golden("formats/keras3.keras"));
  EXPECT_EQ(found.entries, 2u);
  EXPECT_EQ(found.seals, 1u);
  EXPECT_EQ(found.unproven, 0u);
  EXPECT_TRUE(found.broken.empty());
}

TEST(Seal, IsNamedIfItDoesNotMatch) {
  std::string bytes = testing::Golden("formats/keras3.keras");
  const std::string three("\x00\x00\x40\x40", 4);  // The bias.
  const std::size_t at = bytes.rfind(three);
  ASSERT_NE(at, std::string::npos);
  bytes[at] ^= 1;
  const Verification found = Verified(std::move(bytes));
  ASSERT_EQ(found.broken.size(), 1u);
  EXPECT_EQ(found.broken[0].what, "model.weights.h5");
  EXPECT_EQ(found.broken[0].error.slug, "zip/checksum");
  EXPECT_EQ(found.broken[0].error.file, "a.keras");
  EXPECT_EQ(found.unproven, 2u);
  EXPECT_TRUE(found.failed.empty());
}

}  // namespace
}  // namespace regraft
