#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "regraft/catalog.h"
#include "regraft/entry.h"
#include "regraft/plan.h"
#include "regraft/selection.h"
#include "testing/catalogs.h"

namespace regraft {
namespace {

using testing::CatalogBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kTf2 = testing::Of::kObjects;
using Names = std::vector<std::string>;

// The paths of what the selection takes; none if it fails.
Names Taken(const Catalog& catalog, const Selection& selection) {
  Names names;
  const Result<Selected> selected = Select(catalog, selection, /*allow_unused_rules=*/true);
  for (std::size_t i = 0; selected && i < catalog.entries.size(); ++i) {
    const std::string& key = catalog.entries[i].key;
    if (selected->entries[i].taken) names.push_back(key.substr(0, key.find("/.ATTRIBUTES")));
  }
  return names;
}

Catalog Dense() {
  return CatalogBuilder(kTf2)
      .Variable("model/dense/bias", "dense/bias")
      .Variable("model/dense/kernel", "dense/kernel", {2, 3})
      .Variable("save_counter", "save_counter", {}, DType::kInt64, EntryClass::kMeta)
      .Build();
}

TEST(Select, TakesEverythingByDefault) {
  const Result<Selected> selected = Select(Dense(), {});
  ASSERT_TRUE(selected);
  EXPECT_EQ(selected->taken(), 3u);
  EXPECT_THAT(selected->rules, IsEmpty());
  EXPECT_EQ(selected->entries[0], (SelectedEntry{true, {}}));
}

TEST(Select, SaysWhichRuleDecidedOverEachEntry) {
  const Result<Selected> selected =
      Select(Dense(), {.include = {"**/kernel", "save_counter"}, .exclude = {"@meta"}});
  ASSERT_TRUE(selected);
  EXPECT_THAT(selected->entries, ElementsAre(SelectedEntry{false, {}},
                                             SelectedEntry{true, {Option::kInclude, "**/kernel"}},
                                             SelectedEntry{false, {Option::kExclude, "@meta"}}));
  EXPECT_EQ(selected->taken(), 1u);
  ASSERT_EQ(selected->rules.size(), 3u);
  EXPECT_EQ(selected->rules[0].rule, (Setting{Option::kExclude, "@meta"}));
  EXPECT_EQ(selected->rules[0].matched, 1u);

  EXPECT_EQ(Select(Dense(), {.where = "rank==2"})->entries[0],
            (SelectedEntry{false, {Option::kWhere, "rank==2"}}));
  EXPECT_EQ(Select(Dense(), {.classes = {EntryClass::kMeta}})->entries[2],
            (SelectedEntry{true, {Option::kClasses, "@meta"}}));
}

TEST(Select, DoesNotDependOnTheOrderOfRules) {
  const Selection one = {.include = {"model/**", "**/bias"}, .exclude = {"x", "**/kernel"}};
  const Selection two = {.include = {"**/bias", "model/**", "**/bias"},
                         .exclude = {"**/kernel", "x"}};
  EXPECT_EQ(*Select(Dense(), one, true), *Select(Dense(), two, true));
}

TEST(Select, RefusesARuleThatMatchesNothing) {
  const Selection selection = {.include = {"**/kernel", "model/*"}};
  const Result<Selected> refused = Select(Dense(), selection);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(refused.error().slug, "select/unused-rule");
  EXPECT_EQ(refused.error().message, "include 'model/*' matched nothing of 3");
  EXPECT_THAT(refused.error().ToString(),
              HasSubstr("'*' does not cross '/'; 'model/**' would match 2"));
  const Result<Selected> accepted = Select(Dense(), selection, /*allow_unused_rules=*/true);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->taken(), 1u);
  EXPECT_FALSE(accepted->rules[1].problem);
}

TEST(Select, RefusesToTakeNothing) {
  const Result<Selected> none = Select(Dense(), {.exclude = {"**"}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().slug, "select/nothing");
  EXPECT_EQ(none.error().code, ErrorCode::kUnmet);
  EXPECT_THAT(none.error().ToString(), HasSubstr("0 kept by a policy, 3 not selected"));

  const Catalog hollow =
      CatalogBuilder(kTf2)
          .Variable("save_counter", "save_counter", {}, DType::kInt64, EntryClass::kMeta)
          .Hollow("model")
          .Build();
  EXPECT_TRUE(Select(hollow, {}));
  EXPECT_EQ(Select(hollow, {.exclude = {"**"}}).error().slug, "select/hollow");
}

TEST(Select, RefusesWhatCannotBeRead) {
  EXPECT_EQ(Select(Dense(), {.include = {"a["}}).error().slug, "select/bad-pattern");
  EXPECT_EQ(Select(Dense(), {.exclude_regex = {"("}}).error().slug, "select/bad-regex");
  EXPECT_EQ(Select(Dense(), {.where = "rank"}).error().slug, "select/bad-where");
  EXPECT_EQ(Select(Dense(), {.only = Names{}}).error().slug, "select/empty-list");
}

// Whether a value can be restored is no question here.
TEST(Select, TakesStringsAndVariantsToo) {
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("names", "names", {3}, DType::kString)
                              .Variable("iterator", "iterator", {}, DType::kVariant)
                              .Build();
  EXPECT_EQ(Taken(catalog, {.include = {"iterator", "names"}}), (Names{"iterator", "names"}));
  EXPECT_TRUE(Select(catalog, {.include = {"iterator"}}));
}

TEST(Select, TakesTheKeyThatIsNamedExactly) {
  Entry odd;
  odd.key = "w";
  odd.spec = {DType::kFloat32, {2}};
  const Catalog catalog = CatalogBuilder(kTf2).Add(odd).Variable("other", "w").Build();
  EXPECT_EQ(Taken(catalog, {.include = {"w"}}), Names{"w"});
  EXPECT_EQ(Taken(catalog, {.exclude = {"w"}}), Names{"other"});
  EXPECT_EQ(Taken(catalog, {.only = Names{"w"}}), Names{"w"});
  // As a pattern the same letters mean every name.
  EXPECT_EQ(Taken(catalog, {.include = {"[w]"}}), (Names{"other", "w"}));
  EXPECT_EQ(Taken(catalog, {.include = {"w:0"}}), Names{"other"});
}

// A weight that Keras 3's optimizer lists; `key` is the path that TensorFlow stores it under.
Entry Listed(const std::string& key, std::vector<std::string> paths, std::string full_name) {
  Entry entry;
  entry.key = key + "/.ATTRIBUTES/VARIABLE_VALUE";
  entry.paths = std::move(paths);
  entry.full_name = std::move(full_name);
  entry.spec = {DType::kFloat32, {2}};
  return entry;
}

TEST(Select, DoesNotTakeWeightsByWhatTheOptimizerCallsThem) {
  const std::string list = "optimizer/_trainable_variables/";
  const Catalog catalog =
      CatalogBuilder(kTf2)
          .Add(Listed(list + "0", {list + "0", "model/a/kernel"}, "model/kernel"))
          .Add(Listed("model/b/kernel", {"model/b/kernel", list + "1"}, "model/kernel"))
          .Add(Listed(list + "2", {list + "2"}, "model/kernel"))
          .Variable("optimizer/_iterations", "adam/iteration", {}, DType::kInt64,
                    EntryClass::kOptimizer)
          .Build();
  const Names own = {"optimizer/_iterations"};
  for (const std::string glob : {"optimizer/**", "optimizer/*", "*/_*", "(root).optimizer.*"}) {
    EXPECT_EQ(Taken(catalog, {.include = {glob}}), own) << glob;
  }
  EXPECT_EQ(Taken(catalog, {.include_regex = {"^optimizer/"}}), own);
  EXPECT_EQ(Taken(catalog, {.include_regex = {"ATTRIBUTES"}}).size(), 2u);
  EXPECT_EQ(Taken(catalog, {.exclude = {"optimizer/**"}}).size(), 3u);
  // By their own names.
  EXPECT_EQ(Taken(catalog, {.include = {"model/*/kernel"}}), (Names{"model/b/kernel", list + "0"}));
  // A name is no pattern: the key, or any other spelling.
  EXPECT_EQ(Taken(catalog, {.include = {list + "0/.ATTRIBUTES/VARIABLE_VALUE"}}),
            Names{list + "0"});
  EXPECT_EQ(Taken(catalog, {.include = {list + "0"}}), Names{list + "0"});
  EXPECT_EQ(Taken(catalog, {.include = {list + "1"}}), Names{"model/b/kernel"});
  EXPECT_EQ(Taken(catalog, {.only = {{list + "2"}}}), Names{list + "2"});
  // What nothing but the optimizer leads to belongs to the object that has the optimizer.
  EXPECT_EQ(Taken(catalog, {.include = {"_trainable_variables/*"}}), Names{list + "2"});
}

TEST(Select, TakesWhatOnlyBookkeepingLeadsToByThat) {
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("model/keras_api/metrics/0/total", "total")
                              .Variable("_all_variables/0", "dense/kernel")
                              .Build();
  EXPECT_EQ(Taken(catalog, {.include = {"**/keras_api/**"}}).size(), 1u);
  EXPECT_EQ(Taken(catalog, {.include = {"_all_variables/*"}}).size(), 1u);
}

}  // namespace
}  // namespace regraft
