#include "select/pattern.h"

#include <gtest/gtest.h>

#include "regraft/entry.h"

namespace regraft::select {
namespace {

bool Matches(std::string_view glob, std::string name) {
  const Result<Pattern> pattern = Pattern::Glob(glob);
  EXPECT_TRUE(pattern) << glob;
  return pattern && pattern->Matches(std::vector{std::move(name)}, EntryClass::kWeights);
}

TEST(Glob, StarStaysInsideAComponent) {
  EXPECT_TRUE(Matches("dense*/kernel", "dense_1/kernel"));
  EXPECT_FALSE(Matches("model/*", "model/dense/kernel"));
  EXPECT_TRUE(Matches("*", "kernel"));
}

TEST(Glob, DoubleStarCrossesComponents) {
  EXPECT_TRUE(Matches("**", "a/b/c"));
  EXPECT_TRUE(Matches("**/kernel", "kernel"));
  EXPECT_TRUE(Matches("**/kernel", "a/b/kernel"));
  EXPECT_FALSE(Matches("**/kernel", "a/my_kernel"));
  EXPECT_TRUE(Matches("a/**/d", "a/d"));
  EXPECT_TRUE(Matches("a/**/d", "a/b/c/d"));
  EXPECT_TRUE(Matches("**/embedding_layer/**", "model/embedding_layer/embeddings"));
  EXPECT_TRUE(Matches("**/embedding_layer/**", "embedding_layer/embeddings"));
  EXPECT_FALSE(Matches("embedding/**", "embedding"));
}

TEST(Glob, ChoosesAmongAlternativesRangesAndSets) {
  EXPECT_TRUE(Matches("layer_{0..11}/x", "layer_11/x"));
  EXPECT_FALSE(Matches("layer_{0..11}/x", "layer_12/x"));
  EXPECT_FALSE(Matches("layer_{0..11}", "layer_01"));
  EXPECT_TRUE(Matches("head/{bias,kernel}", "head/bias"));
  EXPECT_TRUE(Matches("{a,b{1..2}/c}", "b2/c"));
  EXPECT_TRUE(Matches("conv[0-9]", "conv7"));
  EXPECT_FALSE(Matches("conv[!0-9]", "conv7"));
  EXPECT_FALSE(Matches("a[!b]c", "a/c"));
  EXPECT_TRUE(Matches("a?c", "abc"));
  EXPECT_FALSE(Matches("a?c", "a/c"));
}

TEST(Glob, RangesKeepTheirZeros) {
  EXPECT_TRUE(Matches("block_{000..002}/w", "block_000/w"));
  EXPECT_TRUE(Matches("block_{000..002}/w", "block_002/w"));
  EXPECT_FALSE(Matches("block_{000..002}/w", "block_0/w"));
  EXPECT_FALSE(Matches("block_{0..2}/w", "block_000/w"));
  EXPECT_TRUE(Matches("{08..11}", "08"));
  EXPECT_TRUE(Matches("{08..11}", "11"));
  EXPECT_FALSE(Matches("{08..11}", "8"));
  // Every number of every width, against the same written down one by one.
  for (const int width : {1, 2, 3}) {
    for (int high = 0; high < 12; ++high) {
      const auto text = [width](int number) {
        std::string digits = std::to_string(number);
        return std::string(digits.size() < static_cast<std::size_t>(width)
                               ? static_cast<std::size_t>(width) - digits.size()
                               : 0,
                           '0') +
               digits;
      };
      const std::string glob = "{" + text(0) + ".." + text(high) + "}";
      for (int number = 0; number < 14; ++number) {
        EXPECT_EQ(Matches(glob, text(number)), number <= high) << glob << number;
      }
    }
  }
}

TEST(Glob, TakesOtherCharactersLiterally) {
  EXPECT_TRUE(Matches("a.b+(c)$", "a.b+(c)$"));
  EXPECT_FALSE(Matches("a.*", "axb"));
  EXPECT_TRUE(Matches("a\\*b", "a*b"));
  EXPECT_TRUE(Matches("\xff*", "\xff\xfe"));
  EXPECT_TRUE(Matches("dense/kernel:0", "dense/kernel:0"));
}

TEST(Glob, ReadsBackWhatIsEscaped) {
  for (const std::string name :
       {"a*b", "x[1]", "{y}", "back\\slash", "plain/name", "w?", "@step"}) {
    EXPECT_TRUE(Matches(EscapeGlob(name), name)) << name;
    EXPECT_FALSE(Matches(EscapeGlob(name), name + "x")) << name;
  }
}

TEST(Glob, RefusesWhatItCannotRead) {
  for (const char* bad : {"", "a[b", "a{b", "a\\", "{3..1}", "{0..99999999}", "@optimiser"}) {
    const Result<Pattern> pattern = Pattern::Glob(bad);
    ASSERT_FALSE(pattern) << bad;
    EXPECT_EQ(pattern.error().slug, "select/bad-pattern");
    EXPECT_FALSE(pattern.error().hint.empty()) << bad;
  }
  EXPECT_FALSE(Pattern::Glob(std::string(100, '{') + std::string(100, '}')));
}

TEST(Glob, ClassesMatchTheClass) {
  const Result<Pattern> pattern = Pattern::Glob("@optimizer");
  EXPECT_TRUE(pattern->Matches({}, EntryClass::kOptimizer));
  EXPECT_FALSE(pattern->Matches({}, EntryClass::kWeights));
}

TEST(Regex, IsFoundAnywhereAndNamesTheCureForLookAhead) {
  const Result<Pattern> pattern = Pattern::Regex("dense_[0-9]+");
  EXPECT_TRUE(
      pattern->Matches(std::vector<std::string>{"m/dense_12/kernel"}, EntryClass::kWeights));
  EXPECT_FALSE(pattern->Matches(std::vector<std::string>{"m/dense/kernel"}, EntryClass::kWeights));
  const Result<Pattern> bad = Pattern::Regex("(?!adam)");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().hint.find("excludes"), std::string::npos);
}

}  // namespace
}  // namespace regraft::select
