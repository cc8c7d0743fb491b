#include "table/lookup.h"

#include <gtest/gtest.h>

#include <string>

#include "table/test_tables.h"
#include "testing/files.h"
#include "testing/prefixes.h"

namespace regraft::table {
namespace {

std::shared_ptr<const Lookup> Opened(std::string_view bytes) {
  auto lookup = Lookup::Open(Source(bytes), {});
  return lookup ? *lookup : nullptr;
}

// "-" if there is no such key, or the slug of the error.
std::string ValueOf(const Lookup& lookup, std::string_view key) {
  const auto found = lookup.Find(key);
  if (!found) return found.error().slug;
  return found->block ? std::string(found->bytes) : "-";
}

TEST(Lookup, FindsEveryKeyOfEveryBlockAndNoOther) {
  const Pairs pairs = Many(500);
  for (const bool snappy : {false, true}) {
    const auto lookup = Opened(Build(pairs, {.block_size = 256, .snappy = snappy}));
    ASSERT_TRUE(lookup);
    for (const auto& [key, value] : pairs) {
      EXPECT_EQ(ValueOf(*lookup, key), value);
      EXPECT_EQ(ValueOf(*lookup, key + "!"), "-");
    }
    EXPECT_EQ(ValueOf(*lookup, "zzz"), "-");
  }
}

TEST(Lookup, OpensWithoutReadingValues) {
  const std::string large(1 << 20, 'x');
  testing::MemoryFiles memory({{"t", Build({{"", "h"}, {"a", large}, {"b", large}})}});
  const testing::CountingFiles files(memory);
  auto lookup = Lookup::Open(std::shared_ptr(*files.Open("t")), {});
  ASSERT_TRUE(lookup);
  EXPECT_LT(files.bytes_read(), 200u);
  EXPECT_EQ(ValueOf(**lookup, ""), "h");
  EXPECT_LT(files.bytes_read(), 300u);
  EXPECT_EQ(ValueOf(**lookup, "b"), large);
  EXPECT_LT(files.bytes_read(), large.size() + 400);
}

TEST(Lookup, KeepsASmallBlock) {
  testing::MemoryFiles memory({{"t", Build(Many(20))}});
  const testing::CountingFiles files(memory);
  auto lookup = Lookup::Open(std::shared_ptr(*files.Open("t")), {});
  ASSERT_TRUE(lookup);
  for (const auto& [key, value] : Many(20)) EXPECT_EQ(ValueOf(**lookup, key), value);
  EXPECT_EQ(files.reads(), 3u);  // Footer, index, block.
}

TEST(Lookup, RefusesDamagedBlocksWhenTheyAreAskedFor) {
  std::string bytes = Build({{"", "h"}, {"a", "value"}});
  bytes[5] = static_cast<char>(bytes[5] ^ 1);
  const auto lookup = Opened(bytes);
  ASSERT_TRUE(lookup);
  EXPECT_EQ(ValueOf(*lookup, "a"), "table/checksum");
}

TEST(Lookup, RefusesACompressedBlockThatIsTooLarge) {
  const std::string bytes = Build({{"a", std::string(1000, 'x')}}, {.snappy = true});
  auto lookup = Lookup::Open(Source(bytes), {.most_uncompressed = 1000});
  ASSERT_TRUE(lookup);
  EXPECT_EQ(ValueOf(**lookup, "a"), "table/compressed-block");
}

TEST(Lookup, SurvivesEveryPrefixAndChangedByte) {
  const Pairs pairs = Many(12);
  const auto look = [&](std::string_view bytes) {
    const auto lookup = Opened(bytes);
    for (const auto& [key, value] : pairs) {
      if (!lookup) continue;
      const std::string found = ValueOf(*lookup, key);
      // Index keys have no say in what a value is, only in where it is looked for.
      EXPECT_TRUE(found == value || found == "-" || found.starts_with("table/")) << found;
    }
  };
  const std::string whole = Build(pairs, {.block_size = 64});
  testing::ForEveryPrefix(whole, look);
  testing::ForEveryByteFlip(whole, [&](std::string_view bytes, std::size_t) { look(bytes); });
}

}  // namespace
}  // namespace regraft::table
