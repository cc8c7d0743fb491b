#include "maps/name_pattern.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>

namespace regraft::maps {
namespace {

NamePattern Parsed(std::string_view text) {
  auto pattern = NamePattern::Parse(text);
  EXPECT_TRUE(pattern) << text;
  return *pattern;
}

// What the holes capture, in order of their names; "" if the name is not one of the pattern's.
std::string Captured(std::string_view pattern, std::string_view name) {
  Captures captures;
  if (!Parsed(pattern).Match(name, captures)) return "";
  std::string out;
  for (const auto& [hole, capture] : captures) {
    out +=
        hole + "=" + (capture.text.empty() ? std::to_string(capture.number) : capture.text) + " ";
  }
  return out;
}

TEST(NamePattern, CapturesWhatItsHolesStandFor) {
  EXPECT_EQ(Captured("layer_{i}/kernel", "layer_12/kernel"), "i=12 ");
  EXPECT_EQ(Captured("layer_{i}/kernel", "layer_012/kernel"), "");
  EXPECT_EQ(Captured("layer_{i}/kernel", "layer_x/kernel"), "");
  EXPECT_EQ(Captured("block_{i:03}/{x=q,k}", "block_007/k"), "i=7 x=1 ");
  EXPECT_EQ(Captured("block_{i:03}/{x=q,k}", "block_7/k"), "");
  EXPECT_EQ(Captured("block{B+1}/unit{U+1:02}", "block3/unit01"), "B=2 U=0 ");
  EXPECT_EQ(Captured("block{B+1}", "block0"), "");
  EXPECT_EQ(Captured("block{s}{r:a}_bn", "block4c_bn"), "r=2 s=4 ");
  EXPECT_EQ(Captured("{x:*}/kernel", "dense/kernel"), "x=dense ");
  EXPECT_EQ(Captured("{x:*}/kernel", "a/dense/kernel"), "");
  EXPECT_EQ(Captured("{i}/{i}", "3/3"), "i=3 ");
  EXPECT_EQ(Captured("{i}/{i}", "3/4"), "");
  EXPECT_EQ(Captured("{x=w,word}_embeddings", "word_embeddings"), "x=1 ");
  EXPECT_EQ(Captured("a{{b}}", "a{b}"), "");
}

TEST(NamePattern, RendersWhatItMatches) {
  const char* const patterns[] = {"a/{i}",           "a{i:03}b",        "{r:a}.{s+2}",
                                  "x{{{x=q,k,v}}}y", "{m=1|0}_{y:*}.w", "plain"};
  const char* const names[] = {"a/17", "a017b", "c.5", "x{k}y", "0_name.w", "plain"};
  for (std::size_t i = 0; i < std::size(patterns); ++i) {
    Captures captures;
    const NamePattern pattern = Parsed(patterns[i]);
    ASSERT_TRUE(pattern.Match(names[i], captures)) << patterns[i];
    EXPECT_TRUE(pattern.CanRender(captures));
    EXPECT_EQ(pattern.Render(captures), names[i]);
    EXPECT_EQ(pattern.Text(), patterns[i]);
  }
  EXPECT_EQ(NamePattern::Parse(NamePattern::Escaped("a{b}"))->literal(), "a{b}");
}

TEST(NamePattern, RefusesOtherHoles) {
  for (const char* text :
       {"{", "}", "{}", "{1}", "{i", "{i:3}", "{i:00}", "{x=a,a}", "{i+}", "{i*2}"}) {
    const auto pattern = NamePattern::Parse(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().slug, "map/bad-rule");
  }
}

}  // namespace
}  // namespace regraft::maps
