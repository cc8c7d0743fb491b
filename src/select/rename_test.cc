#include "select/rename.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "regraft/rules.h"

namespace regraft::select {
namespace {

using ::testing::HasSubstr;

Renamer Made(std::vector<MapRule> map, std::vector<RegexRule> regex = {}, std::string strip = "",
             std::string add = "") {
  auto renamer = Renamer::Make(map, regex, std::move(strip), std::move(add));
  EXPECT_TRUE(renamer) << renamer.error().ToString();
  return *std::move(renamer);
}

std::map<std::string, PlannedRule> RowsOf(const Renamer& renamer, std::vector<std::string> names) {
  std::map<std::string, PlannedRule> rows;
  std::vector<Renamable> all;
  for (const std::string& name : names) all.push_back({.name = name});
  for (const PlannedRule& row : renamer.Rows(all)) rows[Spelled(row.rule, Face::kCommand)] = row;
  return rows;
}

TEST(ParseRegexRule, ReadsBothForms) {
  EXPECT_EQ(ParseRegexRule(R"(s/a(\d)/b\1/)"), (RegexRule{R"(a(\d))", R"(b\1)"}));
  EXPECT_EQ(ParseRegexRule("s#^old/#new/#g"), (RegexRule{"^old/", "new/"}));
  EXPECT_EQ(ParseRegexRule("s/Old//i"), (RegexRule{"(?i)Old", ""}));
  EXPECT_EQ(ParseRegexRule(R"(s/a\/b/c\/d/gi)"), (RegexRule{R"((?i)a\/b)", "c/d"}));
  EXPECT_EQ(ParseRegexRule(R"(s|a\|b|x\\1|)"), (RegexRule{R"(a\|b)", R"(x\\1)"}));
  EXPECT_EQ(ParseRegexRule(R"(layer_(\d+)=>block\1)"), (RegexRule{R"(layer_(\d+))", R"(block\1)"}));
  EXPECT_EQ(ParseRegexRule("scope/=>"), (RegexRule{"scope/", ""}));
  EXPECT_EQ(ParseRegexRule("s/old=>new"), (RegexRule{"s/old", "new"}));
}

TEST(ParseRegexRule, SaysWhatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto rule = ParseRegexRule(text);
    EXPECT_FALSE(rule) << text;
    if (rule) return std::string();
    EXPECT_EQ(rule.error().slug, "select/bad-regex-rule");
    EXPECT_EQ(rule.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(rule.error().HintText(Face::kCommand), HasSubstr("--regex"));
    return rule.error().message;
  };
  EXPECT_THAT(message(""), HasSubstr("neither"));
  EXPECT_THAT(message("abc"), HasSubstr("neither"));
  EXPECT_THAT(message("=>b"), HasSubstr("neither"));
  EXPECT_THAT(message("s/a/b"), HasSubstr("two more /"));
  EXPECT_THAT(message("s/a/b/c/"), HasSubstr("two more /"));
  EXPECT_THAT(message("s//b/"), HasSubstr("looks for nothing"));
  EXPECT_THAT(message("s/a/b/x"), HasSubstr("no flag 'x'"));
}

TEST(Renamer, SwapsTwoNames) {
  const Renamer renamer = Made({{"a", "b"}, {"b", "a"}, {"x/", "y/"}, {"y/", "x/"}});
  EXPECT_EQ(renamer("a"), "b");
  EXPECT_EQ(renamer("b"), "a");
  EXPECT_EQ(renamer("x/k"), "y/k");
  EXPECT_EQ(renamer("y/k"), "x/k");
  EXPECT_EQ(renamer("c"), "c");
}

TEST(Renamer, PrefersThePairThenTheLongestScopeThenTheRoot) {
  const Renamer renamer = Made(
      {{"/", "all/"}, {"m/", "short/"}, {"m/d/", "long/"}, {"m/d/k", "pair"}}, {{"m", "regex"}});
  EXPECT_EQ(renamer("m/d/k"), "pair");
  EXPECT_EQ(renamer("m/d/b"), "long/b");
  EXPECT_EQ(renamer("m/e/d/k"), "short/e/d/k");
  EXPECT_EQ(renamer("other"), "all/other");
  EXPECT_EQ(renamer("m"), "all/m");
}

TEST(Renamer, TakesAScopeToTheRoot) {
  const Renamer renamer = Made({{"model/", "/"}});
  EXPECT_EQ(renamer("model/a/k"), "a/k");
  EXPECT_EQ(renamer("models/a"), "models/a");
  EXPECT_EQ(renamer("model/"), "");
}

TEST(Renamer, RenamesAnObjectWithWhatIsBelowIt) {
  EXPECT_EQ(Made({{"opt/", "train/adam/"}})("opt/"), "train/adam/");
  EXPECT_EQ(Made({}, {}, "a", "b")("a/opt/"), "b/opt/");
}

TEST(Renamer, RewritesEveryMatchByTheFirstExpressionThatChanges) {
  const Renamer renamer =
      Made({{"kept", "mapped"}}, {{"z+", "-"}, {R"(l(\d))", R"(block\1)"}, {"b", "c"}});
  EXPECT_EQ(renamer("l1/l2/b"), "block1/block2/b");
  EXPECT_EQ(renamer("b/zz/z"), "b/-/-");
  EXPECT_EQ(renamer("abb"), "acc");
  EXPECT_EQ(renamer("kept"), "mapped");
}

TEST(Renamer, StripsWholeComponentsAndAddsAPrefix) {
  for (const char* prefix : {"model", "model/"}) {
    const Renamer renamer = Made({{"a", "b"}}, {{"^c", "d"}}, prefix, "net");
    EXPECT_EQ(renamer("model/x/k"), "net/x/k");
    EXPECT_EQ(renamer("modeling/k"), "net/modeling/k");
    EXPECT_EQ(renamer("model/a"), "net/b");  // Rules see what is left ...
    EXPECT_EQ(renamer("model/c"), "net/d");
    EXPECT_EQ(renamer("model"), "net");
  }
  EXPECT_EQ(Made({}, {}, "model")("model"), "");
  // ... and a map also the whole name.
  const Renamer whole = Made({{"model/a", "b"}, {"model/s/", "t/"}}, {}, "model");
  EXPECT_EQ(whole("model/a"), "b");
  EXPECT_EQ(whole("model/s/k"), "t/k");
}

TEST(Renamer, RefusesRulesThatContradict) {
  const auto slug = [](std::vector<MapRule> map, std::vector<RegexRule> regex) {
    const auto renamer = Renamer::Make(map, regex, "", "");
    return renamer ? std::string() : renamer.error().slug;
  };
  EXPECT_EQ(slug({{"a/", "b"}}, {}), "select/bad-map");
  EXPECT_EQ(slug({{"a", "b/"}}, {}), "select/bad-map");
  EXPECT_EQ(slug({{"a", "b"}, {"a", "c"}}, {}), "select/bad-map");
  EXPECT_EQ(slug({{"a", "b"}, {"a", "b"}}, {}), "");
  EXPECT_EQ(slug({}, {{"(", ""}}), "select/bad-regex-rule");
  EXPECT_EQ(slug({}, {{"(?=a)", ""}}), "select/bad-regex-rule");
  EXPECT_EQ(slug({}, {{"a", R"(\1)"}}), "select/bad-regex-rule");
}

TEST(Renamer, CountsTheNamesThatEachRuleDecides) {
  const Renamer renamer = Made({{"a/", "b/"}, {"a/k", "k"}}, {{"c", "d"}}, "m", "n");
  const auto rows = RowsOf(renamer, {"a/k", "a/b", "a/c", "m/c", "m/x"});
  EXPECT_EQ(rows.at("--map 'a/k=>k'").matched, 1u);
  EXPECT_EQ(rows.at("--map 'a/=>b/'").matched, 2u);
  EXPECT_EQ(rows.at("--regex s/c/d/").matched, 1u);
  EXPECT_EQ(rows.at("--strip-prefix m/").matched, 2u);
  EXPECT_EQ(rows.at("--add-prefix n/").matched, 5u);
  for (const auto& [rule, row] : rows) EXPECT_FALSE(row.problem) << rule;
}

TEST(Renamer, AdvisesOnRulesThatDecideNothing) {
  const Renamer renamer = Made({{"model/dense/kernle", "x"},
                                {"model/dense", "net"},
                                {"dense/", "d/"},
                                {"model/dense/", "e/"},
                                {"model/dense/kernel", "k"},
                                {"model/dense/bias", "b"}},
                               {{"bias", "offset"}, {"nowhere/", "x|"}}, "modle");
  const auto rows = RowsOf(renamer, {"model/dense/kernel", "model/dense/bias"});
  const auto advice = [&](const std::string& rule) {
    EXPECT_TRUE(rows.contains(rule)) << rule;
    if (!rows.contains(rule)) return std::string();
    EXPECT_EQ(rows.at(rule).matched, 0u);
    EXPECT_TRUE(rows.at(rule).problem);
    return rows.at(rule).advice;
  };
  EXPECT_THAT(advice("--map 'model/dense/kernle=>x'"), HasSubstr("nearest: model/dense/kernel"));
  EXPECT_THAT(advice("--map 'model/dense=>net'"), HasSubstr("'model/dense/=>net/' would rename 2"));
  EXPECT_THAT(advice("--map 'dense/=>d/'"), HasSubstr("'model/dense/=>d/' would rename 2"));
  EXPECT_THAT(advice("--map 'model/dense/=>e/'"), HasSubstr("other rules decide"));
  EXPECT_THAT(advice("--regex s/bias/offset/"), HasSubstr("matches 1 name"));
  EXPECT_THAT(advice("--regex 's#nowhere/#x|#'"), HasSubstr("no name holds a match"));
  EXPECT_THAT(advice("--strip-prefix modle/"), HasSubstr("model/"));
}

TEST(Renamer, RenamesASlotWithItsVariable) {
  const Renamer renamer = Made({{"a/k", "b/w"}, {"net/", "body/"}}, {{"^c", "d"}}, "m", "n");
  EXPECT_EQ(renamer(Renamable{"a/k/Adam", "a/k"}), "n/b/w/Adam");
  EXPECT_EQ(renamer(Renamable{"net/k/Adam", "net/k"}), "n/body/k/Adam");
  EXPECT_EQ(renamer(Renamable{"m/c/Adam", "m/c"}), "n/d/Adam");
  // A match in the ending of what the variable's own expression changes too stays.
  EXPECT_EQ(Made({}, {{"a", "o"}})(Renamable{"a/k/Adam", "a/k"}), "o/k/Adam");
  EXPECT_FALSE(renamer.SpeaksOf({"net/k/Adam", "net/k"}));
}

TEST(Renamer, RenamesASlotThatARuleNames) {
  const Renamer renamer = Made({{"a/k/Adam", "m/a"}, {"b/k/", "slots/"}, {"net/", "body/"}},
                               {{"/Adam$", "/m"}, {"/kernel$", "/w"}});
  EXPECT_EQ(renamer(Renamable{"a/k/Adam", "a/k"}), "m/a");
  EXPECT_EQ(renamer(Renamable{"b/k/Adam", "b/k"}), "slots/Adam");
  // The variable's new name with another ending.
  EXPECT_EQ(renamer(Renamable{"net/k/Adam", "net/k"}), "body/k/m");
  EXPECT_EQ(renamer(Renamable{"c/kernel/Adam", "c/kernel"}), "c/w/m");
  EXPECT_EQ(renamer(Renamable{"c/kernel/Adam_1", "c/kernel"}), "c/w/Adam_1");
  EXPECT_TRUE(renamer.SpeaksOf({"c/kernel/Adam", "c/kernel"}));
  EXPECT_EQ(Made({}, {{"/Average$", ""}})(Renamable{"c/k/Average", "c/k"}), "c/k");
}

TEST(Renamer, TellsRulesThatChangeNothingFromThoseThatMatchNothing) {
  const auto rows = RowsOf(Made({{"a/k", "a/k"}, {"b/", "b/"}, {"c/", "d/"}, {"c/k", "c/k"}},
                                {{"(x)", R"(\1)"}, {"y", "z"}, {"nowhere", ""}}),
                           {"a/k", "b/k", "c/k", "c/l", "x", "y"});
  const auto row = [&](const std::string& rule) { return rows.at(rule); };
  EXPECT_EQ(row("--map 'a/k=>a/k'").matched, 1u);
  EXPECT_EQ(row("--map 'a/k=>a/k'").changed, 0u);
  EXPECT_TRUE(row("--map 'a/k=>a/k'").problem);
  EXPECT_THAT(row("--map 'b/=>b/'").advice, HasSubstr("1 name would be called as before"));
  EXPECT_TRUE(row("--regex 's/(x)/\\1/'").problem);
  EXPECT_EQ(row("--regex 's/(x)/\\1/'").matched, 1u);
  EXPECT_EQ(row("--regex s/nowhere//").matched, 0u);
  // A pair that keeps a name from a scope has done something.
  EXPECT_EQ(row("--map 'c/k=>c/k'").changed, 1u);
  EXPECT_FALSE(row("--map 'c/=>d/'").problem);
  EXPECT_EQ(row("--regex s/y/z/").changed, 1u);
}

}  // namespace
}  // namespace regraft::select
