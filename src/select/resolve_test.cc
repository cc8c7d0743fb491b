#include "select/resolve.h"

#include <gtest/gtest.h>

#include "regraft/catalog.h"
#include "regraft/key.h"
#include "regraft/rules.h"
#include "testing/catalogs.h"

namespace regraft::select {
namespace {

using testing::CatalogBuilder;
using testing::ModelTarget;

constexpr auto kTf2 = testing::Of::kObjects;

struct Found {
  Evidence evidence;
  std::string key;  // "" for none, "?" for several.
};

Found ResolveOne(const Catalog& catalog, const Target& target, std::vector<MapRule> map = {}) {
  const NameIndex names(catalog);
  const ResolvedTargets out = Resolve(names, std::vector{target}, map);
  const Resolution& r = out.targets[0];
  if (r.found.entries.empty()) return {r.found.evidence, ""};
  return {r.found.evidence,
          r.resolved() ? std::string(ShortKey(catalog.entries[r.found.entries[0]].key)) : "?"};
}

TEST(Resolve, TakesGivenPathsAndGivenNames) {
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("dense/kernel", "other/kernel")
                              .Variable("model/x/kernel", "net/stem/kernel")
                              .Build();
  Found found = ResolveOne(catalog, ModelTarget("dense/kernel", "net/dense/kernel"));
  EXPECT_EQ(found.evidence, Evidence::kGivenPath);
  EXPECT_EQ(found.key, "dense/kernel");
  found = ResolveOne(catalog, ModelTarget("other/path", "net/stem/kernel"));
  EXPECT_EQ(found.evidence, Evidence::kGivenName);
  EXPECT_EQ(found.key, "model/x/kernel");
}

TEST(Resolve, ComparesPathsBelowTheRootWithoutPrivateUnderscores) {
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("model/dense_layer_1/_kernel", "named_model/kernel")
                              .Variable("model/dense_layer_1/bias", "named_model/bias")
                              .Build();
  Target by_keras_path;
  by_keras_path.name = "named_model_1/dense_layer_1/kernel";
  by_keras_path.full_name = by_keras_path.name;
  EXPECT_EQ(ResolveOne(catalog, by_keras_path).key, "model/dense_layer_1/_kernel");
  EXPECT_EQ(ResolveOne(catalog, by_keras_path).evidence, Evidence::kGivenName);
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("dense_layer_1/bias", "")).key,
            "model/dense_layer_1/bias");
}

TEST(Resolve, DoesNotTakeAPartOfThePathForTheRootOfAll) {
  // Saved with the model as root: "dense" is a layer, so "kernel" alone says too little.
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("dense/kernel", "dense/kernel")
                              .Variable("head/kernel", "head/kernel")
                              .Build();
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("bias", "")).key, "");
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("kernel", "")).key, "?");  // Either layer's.
  const Catalog one_root =
      CatalogBuilder(kTf2).Variable("model/kernel", "k").Variable("model/d/bias", "b").Build();
  EXPECT_EQ(ResolveOne(one_root, ModelTarget("kernel", "")).key, "model/kernel");
}

TEST(Resolve, CallsTwoSourcesOfOneNameAmbiguous) {
  const Catalog catalog = CatalogBuilder(kTf2)
                              .Variable("generator/dense/kernel", "g/kernel")
                              .Variable("discriminator/dense/kernel", "d/kernel")
                              .Build();
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("dense/kernel", "")).key, "?");
}

TEST(Resolve, CallsTwoTargetsForOneSourceAmbiguous) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("dense/kernel").Build();
  const NameIndex names(catalog);
  const std::vector<Target> targets = {ModelTarget("a/kernel", "dense/kernel"),
                                       ModelTarget("b/kernel", "dense/kernel")};
  const ResolvedTargets out = Resolve(names, targets, {});
  EXPECT_FALSE(out.targets[0].resolved());
  EXPECT_EQ(out.targets[0].found.rivals, std::vector<std::string>{"b/kernel"});
  EXPECT_EQ(out.targets[1].found.rivals, std::vector<std::string>{"a/kernel"});
}

TEST(Resolve, DoesNotGiveOneSourceAwayTwice) {
  const Catalog catalog =
      CatalogBuilder(kTf2).Variable("model/dense/kernel", "dense/kernel").Build();
  const NameIndex names(catalog);
  const std::vector<Target> targets = {ModelTarget("model/dense/kernel", ""),
                                       ModelTarget("x/kernel", "dense/kernel")};
  const ResolvedTargets out = Resolve(names, targets, {});
  EXPECT_TRUE(out.targets[0].resolved());
  EXPECT_TRUE(out.targets[1].found.entries.empty());
}

TEST(Resolve, MapsPairsInAnySpelling) {
  const Catalog catalog =
      CatalogBuilder(kTf2).Variable("model/dense1_old/kernel", "old/old_dense1/kernel").Build();
  const Target target = ModelTarget("dense1_new/kernel", "new/new_dense1/kernel");
  for (const char* from :
       {"old/old_dense1/kernel:0", "old/old_dense1/kernel", "model/dense1_old/kernel",
        "(root).model.dense1_old.kernel", "model/dense1_old/kernel/.ATTRIBUTES/VARIABLE_VALUE"}) {
    for (const char* to : {"dense1_new/kernel", "new/new_dense1/kernel:0"}) {
      const Found found = ResolveOne(catalog, target, {{from, to}});
      EXPECT_EQ(found.evidence, Evidence::kMap) << from;
      EXPECT_EQ(found.key, "model/dense1_old/kernel") << from;
    }
  }
  EXPECT_EQ(ResolveOne(catalog, target, {{"nothing", "dense1_new/kernel"}}).evidence,
            Evidence::kMap);
  EXPECT_EQ(ResolveOne(catalog, target, {{"nothing", "dense1_new/kernel"}}).key, "");
}

TEST(Resolve, MapsScopes) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames)
                              .Named("bert/encoder/kernel")
                              .Named("bert/encoder_1/kernel")
                              .Build();
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("enc/kernel", ""), {{"bert/encoder/", "enc/"}}).key,
            "bert/encoder/kernel");
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("encoder/kernel", ""), {{"bert/", "/"}}).key,
            "bert/encoder/kernel");
  EXPECT_EQ(ResolveOne(catalog, ModelTarget("top/bert/encoder/kernel", ""), {{"/", "top/"}}).key,
            "bert/encoder/kernel");
  // A scope ends at a '/': "enc/" does not take "enc_1/…".
  EXPECT_EQ(
      ResolveOne(catalog, ModelTarget("enc_1/kernel", ""), {{"bert/encoder/", "enc/"}}).evidence,
      Evidence::kNone);
}

TEST(Resolve, ReportsTheFirstSpellingThatHits) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("bert/kernel").Build();
  const NameIndex names(catalog);
  const std::vector<MapRule> map = {{"bert/", "model/"}};
  const auto out = Resolve(names, std::vector{ModelTarget("model/kernel", "model/kernel")}, map);
  EXPECT_EQ(out.targets[0].spelling, Spelling::kKey);
}

TEST(Resolve, RanksPairsAboveScopesAndLongerScopesFirst) {
  const Catalog catalog =
      CatalogBuilder(testing::Of::kNames).Named("a/x/kernel").Named("b/kernel").Named("c").Build();
  const Target target = ModelTarget("t/x/kernel", "");
  EXPECT_EQ(ResolveOne(catalog, target, {{"a/", "t/"}}).key, "a/x/kernel");
  EXPECT_EQ(ResolveOne(catalog, target, {{"a/", "t/"}, {"b/", "t/x/"}}).key, "b/kernel");
  EXPECT_EQ(ResolveOne(catalog, target, {{"a/", "t/"}, {"b/", "t/x/"}, {"c", "t/x/kernel"}}).key,
            "c");
}

TEST(Resolve, CallsTwoRulesOfOneRankAConflict) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("a").Named("b").Build();
  const NameIndex names(catalog);
  const std::vector<MapRule> map = {{"a", "t"}, {"b", "t"}};
  const ResolvedTargets out = Resolve(names, std::vector{ModelTarget("t", "")}, map);
  EXPECT_TRUE(out.targets[0].conflict);
  EXPECT_EQ(out.rule_matches, (std::vector<std::size_t>{1, 1}));
}

TEST(Resolve, FeedsSeveralTargetsFromOneMappedSource) {
  const Catalog catalog = CatalogBuilder(testing::Of::kNames).Named("a").Build();
  const NameIndex names(catalog);
  const std::vector<Target> targets = {ModelTarget("x", ""), ModelTarget("y", ""),
                                       ModelTarget("z", "a")};
  const ResolvedTargets out = Resolve(names, targets, std::vector<MapRule>{{"a", "x"}, {"a", "y"}});
  for (const Resolution& resolution : out.targets) EXPECT_TRUE(resolution.resolved());
}

TEST(Resolve, TakesTheCallersOwnNameAsAMap) {
  const Catalog catalog =
      CatalogBuilder(kTf2).Variable("model/d/kernel", "old_dense1/kernel").Build();
  Target target = ModelTarget("new/kernel", "");
  target.mapped_from = "old_dense1/kernel:0";
  EXPECT_EQ(ResolveOne(catalog, target).key, "model/d/kernel");
  target.mapped_from = "old_dense2/kernel:0";
  EXPECT_EQ(ResolveOne(catalog, target).key, "");
}

}  // namespace
}  // namespace regraft::select
