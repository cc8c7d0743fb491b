#include "regraft/rules.h"

#include <gtest/gtest.h>

#include "regraft/catalog.h"
#include "regraft/names.h"
#include "regraft/targets.h"
#include "testing/catalogs.h"

namespace regraft {
namespace {

using testing::CatalogBuilder;

TEST(ParseMapRule, ReadsBothSides) {
  EXPECT_EQ(ParseMapRule("old/kernel:0 => new/kernel"), (MapRule{"old/kernel:0", "new/kernel"}));
  for (const char* bad : {"", "a", "=>b", "a=>", "a->b"}) {
    EXPECT_EQ(ParseMapRule(bad).error().slug, "select/bad-map") << bad;
  }
}

TEST(ParseMapFile, ReadsJsonAndTomlAlike) {
  const std::vector<MapRule> wanted = {
      {"a/kernel", "x/kernel"}, {"b/", "y/"}, {"c", "d"}, {"c", "e"}};
  const auto sorted = [](Result<std::vector<MapRule>> rules) {
    EXPECT_TRUE(rules);
    std::sort(rules->begin(), rules->end());
    return *rules;
  };
  EXPECT_EQ(sorted(ParseMapFile(R"({"a/kernel": "x/kernel", "b/": "y/", "c": ["d", "e"]})")),
            wanted);
  EXPECT_EQ(
      sorted(ParseMapFile(R"({"map": {"a/kernel": "x/kernel", "b/": "y/", "c": ["d", "e"]}})")),
      wanted);
  EXPECT_EQ(
      sorted(ParseMapFile("# names\n\"a/kernel\" = \"x/kernel\"\n\"b/\" = 'y/'\nc = ['d', 'e']\n")),
      wanted);
  EXPECT_EQ(
      sorted(ParseMapFile("[map]\n\"a/kernel\" = \"x/kernel\"\n\"b/\" = 'y/'\nc = ['d', 'e']\n")),
      wanted);
}

TEST(ParseMapFile, RefusesWhatIsNoMap) {
  for (const char* bad : {"", "{", "[]", "{\"a\": 1}", "a = 1", "a = ", "{}", "a.b = 'c'"}) {
    EXPECT_EQ(ParseMapFile(bad).error().slug, "select/bad-map-file") << bad;
  }
}

TEST(TargetsFromJson, ReadsNamesTypesAndShapes) {
  const auto targets = TargetsFromJson(
      R"([{"name": "net/dense/kernel:0", "dtype": "float32", "shape": [10, 64]}, {"name": "s", "dtype": "int64", "shape": []}])");
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 2u);
  EXPECT_EQ((*targets)[0].name, "net/dense/kernel");
  EXPECT_EQ((*targets)[0].spec.ToString(), "float32[10,64]");
  EXPECT_EQ((*targets)[0].root, RootPart::kPerhaps);
}

TEST(TargetsFromJson, NamesTheElementThatIsWrong) {
  for (const char* bad :
       {"", "{}", R"([{"dtype": "float32", "shape": []}])", R"([{"name": "a", "shape": []}])",
        R"([{"name": "a", "dtype": "float31", "shape": []}])",
        R"([{"name": "a", "dtype": "float32"}])",
        R"([{"name": "a", "dtype": "float32", "shape": [-1]}])",
        R"([{"name": "a", "dtype": "float32", "shape": [1.5]}])",
        R"([{"name": ":0", "dtype": "float32", "shape": []}])"}) {
    EXPECT_EQ(TargetsFromJson(bad).error().slug, "select/bad-target-list") << bad;
  }
}

TEST(SpellingsOf, AreAllNamesOfAnEntry) {
  const Catalog catalog =
      CatalogBuilder(testing::Of::kObjects).Variable("model/a/kernel", "dense/kernel").Build();
  EXPECT_EQ(SpellingsOf(catalog.entries[0]),
            (std::vector<std::string>{"model/a/kernel/.ATTRIBUTES/VARIABLE_VALUE", "model/a/kernel",
                                      "(root).model.a.kernel", "dense/kernel", "dense/kernel:0"}));
}

TEST(FindByName, AcceptsEverySpelling) {
  const Catalog catalog = CatalogBuilder(testing::Of::kObjects)
                              .Variable("model/a/kernel", "dense/kernel")
                              .Variable("model/a.b/bias", "dense/bias")
                              .Build();
  for (std::size_t i = 0; i < catalog.entries.size(); ++i) {
    for (const std::string& name : SpellingsOf(catalog.entries[i])) {
      const auto hit = FindByName(catalog, name);
      ASSERT_TRUE(hit) << name;
      EXPECT_EQ(hit->entry, i) << name;
    }
  }
  EXPECT_EQ(FindByName(catalog, "dense/kernel:0")->spelling, Spelling::kFullNameColon);
  EXPECT_EQ(FindByName(catalog, "(root).model.a.kernel")->spelling, Spelling::kDotted);
}

TEST(FindByName, AcceptsNameBasedFilesWithColon) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("dense/kernel").Build();
  EXPECT_EQ(FindByName(catalog, "dense/kernel")->spelling, Spelling::kKey);
  EXPECT_EQ(FindByName(catalog, "dense/kernel:0")->spelling, Spelling::kFullNameColon);
}

TEST(FindByName, ListsAllThatShareAName) {
  const Catalog catalog = CatalogBuilder(testing::Of::kObjects)
                              .Variable("model/a/_kernel", "outer/kernel")
                              .Variable("model/b/_kernel", "outer/kernel")
                              .Build();
  const auto hit = FindByName(catalog, "outer/kernel");
  ASSERT_FALSE(hit);
  EXPECT_EQ(hit.error().slug, "select/ambiguous-name");
  EXPECT_EQ(hit.error().details.size(), 2u);
}

TEST(FindByName, OffersTheNearestNames) {
  const Catalog catalog =
      CatalogBuilder(testing::Of::kObjects).Variable("model/dense/kernel", "dense/kernel").Build();
  const auto hit = FindByName(catalog, "model/dense/kernle");
  ASSERT_FALSE(hit);
  EXPECT_EQ(hit.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(hit.error().details[0].text, "model/dense/kernel");
}

}  // namespace
}  // namespace regraft
