#include <gtest/gtest.h>

#include <random>
#include <string>

#include "digest/crc32.h"
#include "digest/crc32c.h"
#include "digest/sha256.h"

namespace regraft::digest {
namespace {

std::uint32_t Crc(std::string_view text) { return Crc32c(std::as_bytes(std::span(text))); }

TEST(Crc32c, MatchesThePublishedVectors) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(Crc(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  EXPECT_EQ(Crc(ascending), 0x46dd794eu);
  EXPECT_EQ(Crc(descending), 0x113fdb5cu);
  EXPECT_EQ(Crc("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc(""), 0u);
}

TEST(Crc32c, ExtendsAndCombinesAtEveryCut) {
  std::mt19937 random(3);
  std::string text(300, '\0');
  for (char& c : text) c = static_cast<char>(random());
  const std::uint32_t whole = Crc(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view a = std::string_view(text).substr(0, cut);
    const std::string_view b = std::string_view(text).substr(cut);
    EXPECT_EQ(ExtendCrc32c(Crc(a), std::as_bytes(std::span(b))), whole);
    EXPECT_EQ(CombineCrc32c(Crc(a), Crc(b), b.size()), whole) << cut;
  }
}

TEST(Crc32, IsThatOfZipAndCombines) {
  const auto crc = [](std::string_view text) { return Crc32(std::as_bytes(std::span(text))); };
  EXPECT_EQ(crc("123456789"), 0xcbf43926u);  // The check value of the polynomial.
  EXPECT_EQ(crc(""), 0u);
  std::mt19937 random(4);
  std::string text(300, '\0');
  for (char& c : text) c = static_cast<char>(random());
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view a = std::string_view(text).substr(0, cut);
    const std::string_view b = std::string_view(text).substr(cut);
    EXPECT_EQ(ExtendCrc32(crc(a), std::as_bytes(std::span(b))), crc(text));
    EXPECT_EQ(CombineCrc32(crc(a), crc(b), b.size()), crc(text)) << cut;
  }
}

TEST(Crc32c, MasksAsTheFilesDo) {
  EXPECT_EQ(MaskCrc(0), 0xa282ead8u);
  EXPECT_EQ(MaskCrc(0xe3069283u), 0xc78ab0e5u);
  for (const std::uint32_t crc : {0u, 1u, 0xffffffffu, 0x12345678u}) {
    EXPECT_EQ(UnmaskCrc(MaskCrc(crc)), crc);
  }
}

TEST(Sha256, MatchesThePublishedVectors) {
  // FIPS 180-2, appendix B.
  const auto hex = [](std::string_view a, std::string_view b) {
    Sha256 digest;
    digest.Update(std::as_bytes(std::span(a)));
    digest.Update(std::as_bytes(std::span(b)));
    return digest.Hex();
  };
  EXPECT_EQ(hex("", ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex("a", "bc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace regraft::digest
