#include "bundle/string_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bundle/bundle_reader.h"
#include "digest/crc32c.h"
#include "testing/prefixes.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using std::string_literals::operator""s;
using ::testing::ElementsAre;

// "hi" and "" as TensorFlow stores them; the entry's checksum is 9e9e48ed, little-endian.
const std::string kTwo = "\x02\x00\x78\x27\x0b\x34hi"s;
constexpr std::uint32_t kTwoCrc = digest::UnmaskCrc(0xed489e9e);

std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

TEST(DecodeStrings, ReadsTensorFlowsBytes) {
  const auto values = DecodeStrings(kTwo, {2, false, true, kTwoCrc});
  ASSERT_TRUE(values) << values.error().ToString();
  EXPECT_THAT(*values, ElementsAre("hi", ""));
}

TEST(DecodeStrings, RefusesEveryPrefixAndEveryOtherByte) {
  const auto check = [](std::string_view bytes) {
    EXPECT_FALSE(DecodeStrings(bytes, {2, false, true, kTwoCrc}));
    // Without checksums some pass, but none reads past its end.
    const auto values = DecodeStrings(bytes, {2, false, false, kTwoCrc});
    EXPECT_TRUE(!values || (*values)[0].size() + (*values)[1].size() + 6 == bytes.size());
  };
  testing::ForEveryPrefix(kTwo, check);
  testing::ForEveryByteFlip(kTwo, [&](std::string_view bytes, std::size_t) { check(bytes); });
}

TEST(CheckVariants, RefusesEveryPrefixAndEveryOtherByte) {
  std::uint32_t crc = 0;
  testing::TinyBundle bundle;
  bundle.AddVariants("v", {2}, {"ab", ""}).Edit("v", [&](const wire::BundleEntry& entry) {
    crc = digest::UnmaskCrc(entry.crc32c);
  });
  const std::string variants = bundle.Files("p").at("p.data-00000-of-00001");
  EXPECT_EQ(Slug(CheckVariants(variants, {2, false, true, crc})), "");
  const auto check = [&](std::string_view bytes) {
    EXPECT_FALSE(CheckVariants(bytes, {2, false, true, crc}));
    static_cast<void>(CheckVariants(bytes, {2, false, false, 0}));
  };
  testing::ForEveryPrefix(variants, check);
  testing::ForEveryByteFlip(variants, [&](std::string_view bytes, std::size_t) { check(bytes); });
}

TEST(DecodeStrings, RefusesLengthsThatDoNotFit) {
  const auto unchecked = [](std::string_view bytes, std::uint64_t count) {
    return Slug(CheckStrings(bytes, {count, false, false, 0}));
  };
  EXPECT_EQ(unchecked("\x01____a"s, 1), "");
  EXPECT_EQ(unchecked("\x02____a"s, 1), "bundle/bad-strings");
  EXPECT_EQ(unchecked("\x01____ab"s, 1), "bundle/bad-strings");
  EXPECT_EQ(unchecked("\x80"s, 1), "bundle/bad-strings");
  EXPECT_EQ(unchecked("\x00\x00___"s, 2), "bundle/bad-strings");
  // Two lengths of 2^63, whose sum is 0 in 64 bits.
  EXPECT_EQ(unchecked("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
                      "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01____"s,
                      2),
            "bundle/bad-strings");
  EXPECT_EQ(unchecked("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02____"s, 1), "bundle/bad-strings");
  EXPECT_EQ(unchecked("____", ~std::uint64_t{0}), "bundle/bad-strings");
}

TEST(DecodeStrings, TakesTheChecksumOfNothingForNoBytes) {
  EXPECT_EQ(Slug(CheckStrings("", {0, false, true, 0})), "");
  EXPECT_EQ(Slug(CheckStrings("", {0, false, true, 1})), "bundle/checksum");
  // What TensorFlow writes for no elements.
  const std::uint32_t crc = digest::UnmaskCrc(0x640cc1f6);
  EXPECT_EQ(Slug(CheckStrings("\xd8\xea\x82\xa2", {0, false, true, crc})), "");
}

TEST(DecodeStrings, HashesLongLengthsWithEightBytes) {
  // No such string is there: what is told is which checksum the lengths should have had.
  const std::string bytes =
      "\x80\x80\x80\x80\x10"
      "____"s;  // 2^32.
  const std::string hashed = "\x00\x00\x00\x00\x01\x00\x00\x00"s;
  const std::uint32_t crc = digest::Crc32c(std::as_bytes(std::span(hashed)));
  const Status status = CheckStrings(bytes, {1, false, true, 0});
  ASSERT_EQ(Slug(status), "bundle/checksum");
  EXPECT_EQ(status.error().message, ChecksumError(digest::UnmaskCrc(0x5f5f5f5f), crc).message);
}

TEST(CheckVariants, RefusesWhatDoesNotFit) {
  const auto unchecked = [](std::string_view bytes, std::uint64_t count) {
    return Slug(CheckVariants(bytes, {count, false, false, 0}));
  };
  EXPECT_EQ(unchecked("\x01"
                      "a____\x00____"s,
                      2),
            "");
  EXPECT_EQ(unchecked("\x01"
                      "a____\x00___"s,
                      2),
            "bundle/bad-strings");
  EXPECT_EQ(unchecked("\x01"
                      "a____\x00____"s,
                      1),
            "bundle/bad-strings");
  EXPECT_EQ(unchecked("\x02"
                      "a____"s,
                      1),
            "bundle/bad-strings");
  EXPECT_EQ(unchecked("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01____"s, 1), "bundle/bad-strings");
  EXPECT_EQ(unchecked("", 1), "bundle/bad-strings");
}

}  // namespace
}  // namespace regraft::bundle
