#include <gtest/gtest.h>

#include <random>

#include "maps/compile.h"
#include "regraft/tensor_map.h"
#include "testing/catalogs.h"

namespace regraft::maps {
namespace {

using testing::CatalogBuilder;
using testing::Of;

TensorMap MapOf(std::string_view toml) {
  auto map = ParseTensorMap(toml);
  EXPECT_TRUE(map) << (map ? "" : map.error().ToString());
  return map.value_or(TensorMap{});
}

std::string MadeNames(const ResolvedMap& resolved) {
  std::string out;
  for (const MadeTensor& made : resolved.tensors) {
    out += made.name + made.spec.shape.ToString() + " ";
  }
  return out;
}

std::string Refusal(std::string_view toml, const Catalog& catalog) {
  const auto resolved = Resolve(MapOf(toml), catalog);
  EXPECT_FALSE(resolved);
  if (resolved) return "";
  // As if its columns were one space apart.
  std::string out;
  for (const char c : resolved.error().ToString()) {
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return out;
}

TEST(Evaluate, KnowsSumsAndProducts) {
  EXPECT_EQ(*Evaluate("16*L + 8", {{"L", 12}}), 200);
  EXPECT_EQ(*Evaluate("2*L*M-3", {{"L", 2}, {"M", 5}}), 17);
  for (const char* bad : {"", "16*", "x", "2 3", "L/2"}) {
    EXPECT_FALSE(Evaluate(bad, {{"L", 1}})) << bad;
  }
}

constexpr std::string_view kVit = R"(
[map]
name = "test"
prefix = ["", "params/"]
skip = ["opt/**"]
counts = { L = "i" }
expects = { sources = "5*L+1", targets = "3*L+1" }

[[rule]]
from = "block_{i}/Mha_{m=1|0}/{n=query,key,value}/kernel"
to = "blocks.{i}.qkv.weight"
do = ["flatten 1", "transpose", "concat 0"]
[[rule]]
from = "block_{i}/Norm_0/{x=scale,bias}"
to = "blocks.{i}.norm.{x=weight,bias}"
[[rule]]
from = "head/kernel"
to = "head.weight"
do = "transpose"
)";

Catalog Vit(int layers, const std::string& prefix = "", int mha = 1) {
  CatalogBuilder builder(Of::kNames);
  for (int i = 0; i < layers; ++i) {
    const std::string block = prefix + "block_" + std::to_string(i) + "/";
    for (const char* name : {"query", "key", "value"}) {
      builder.Named(block + "Mha_" + std::to_string(mha) + "/" + name + "/kernel", {6, 2, 3});
    }
    builder.Named(block + "Norm_0/scale", {6}).Named(block + "Norm_0/bias", {6});
  }
  return builder.Named(prefix + "head/kernel", {6, 4}).Build();
}

Catalog Without(Catalog catalog, std::string_view key) {
  std::erase_if(catalog.entries, [&](const Entry& entry) { return entry.key == key; });
  return catalog;
}

TEST(Resolve, GathersInTheOrderThatTheMapSays) {
  const auto resolved = Resolve(MapOf(kVit), Vit(2));
  ASSERT_TRUE(resolved) << resolved.error().ToString();
  EXPECT_EQ(MadeNames(*resolved),
            "blocks.0.norm.bias[6] blocks.0.norm.weight[6] blocks.0.qkv.weight[18,6] "
            "blocks.1.norm.bias[6] blocks.1.norm.weight[6] blocks.1.qkv.weight[18,6] "
            "head.weight[4,6] ");
  const Catalog catalog = Vit(2);
  const MadeTensor& qkv = resolved->tensors[2];
  ASSERT_EQ(qkv.sources.size(), 3u);
  EXPECT_EQ(catalog.entries[qkv.sources[0]].name, "block_0/Mha_1/query/kernel");
  EXPECT_EQ(catalog.entries[qkv.sources[1]].name, "block_0/Mha_1/key/kernel");
  EXPECT_EQ(catalog.entries[qkv.sources[2]].name, "block_0/Mha_1/value/kernel");
  EXPECT_EQ(qkv.made_of,
            "flatten 1, transpose, concat 0 of block_0/Mha_1/query/kernel [6,2,3], "
            "block_0/Mha_1/key/kernel [6,2,3], block_0/Mha_1/value/kernel [6,2,3]");
  EXPECT_TRUE(qkv.bijective);
}

TEST(Resolve, FindsThePrefixAndTheNumberingThatFit) {
  EXPECT_EQ(Resolve(MapOf(kVit), Vit(1, "params/", 0))->prefix, "params/");
  Catalog both = Vit(1);
  for (const Entry& entry : Vit(1, "params/").entries) both.entries.push_back(entry);
  EXPECT_NE(Refusal(kVit, both).find("more than one prefix"), std::string::npos);
}

TEST(Resolve, CountsLayersOfAnyNumber) {
  for (const int layers : {1, 2, 12}) EXPECT_TRUE(Resolve(MapOf(kVit), Vit(layers))) << layers;
}

TEST(Resolve, NamesWhatIsMissing) {
  EXPECT_NE(Refusal(kVit, Without(Vit(3), "block_1/Mha_1/key/kernel"))
                .find("missing block_1/Mha_1/key/kernel"),
            std::string::npos)
      << Refusal(kVit, Without(Vit(3), "block_1/Mha_1/key/kernel"));
  EXPECT_NE(Refusal(kVit, Without(Vit(3), "block_2/Norm_0/bias")).find("block_2/Norm_0/bias"),
            std::string::npos);
  EXPECT_NE(Refusal(kVit, Without(Vit(1), "block_0/Norm_0/bias")).find("block_0/Norm_0/bias"),
            std::string::npos);
  EXPECT_NE(Refusal(kVit, Without(Vit(1), "head/kernel")).find("head/kernel"), std::string::npos);
}

TEST(Resolve, NamesTheLayerThatIsMissing) {
  Catalog catalog = Vit(4);
  std::erase_if(catalog.entries, [](const Entry& e) { return e.key.starts_with("block_2/"); });
  EXPECT_NE(Refusal(kVit, catalog).find("everything with i = 2"), std::string::npos);
}

TEST(Resolve, NamesWhatNoRuleTakes) {
  Catalog catalog = Vit(1);
  Entry more = catalog.entries[0];
  more.key = more.name = more.full_name = "pre_logits/kernel";
  catalog.entries.push_back(more);
  EXPECT_NE(Refusal(kVit, catalog).find("not used pre_logits/kernel"), std::string::npos)
      << Refusal(kVit, catalog);
  catalog.entries.back().key = catalog.entries.back().name = catalog.entries.back().full_name =
      "opt/m/x";
  const auto resolved = Resolve(MapOf(kVit), catalog);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->skipped.size(), 1u);
}

TEST(Resolve, SaysWhichShapeDoesNotFit) {
  Catalog catalog = Vit(1);
  for (Entry& entry : catalog.entries) {
    if (entry.key.find("key/kernel") != std::string::npos) entry.spec.shape = Shape{5, 2, 3};
  }
  EXPECT_NE(Refusal(kVit, catalog).find("'concat 0' cannot be done to [6,5]"), std::string::npos)
      << Refusal(kVit, catalog);
}

TEST(Resolve, MakesSeveralTargetsOfOneSource) {
  const auto resolved =
      Resolve(MapOf(R"(
[[rule]]
from = "l{i}/qkv"
to = "l{i}.{x=q,k,v}"
do = ["split 0 3", "transpose"]
[[rule]]
from = "stacked"
to = "blocks.{j}.w"
do = "unstack 0"
)"),
              CatalogBuilder(Of::kNames).Named("l0/qkv", {6, 5}).Named("stacked", {3, 7}).Build());
  ASSERT_TRUE(resolved) << resolved.error().ToString();
  EXPECT_EQ(MadeNames(*resolved),
            "blocks.0.w[7] blocks.1.w[7] blocks.2.w[7] l0.k[5,2] l0.q[5,2] l0.v[5,2] ");
  EXPECT_EQ(resolved->tensors[3].part, 1u);
  EXPECT_EQ(resolved->tensors[4].part, 0u);
}

TEST(Resolve, TakesASourceTwiceOnlyWhenThatIsSaid) {
  const Catalog catalog = CatalogBuilder(Of::kNames).Named("a", {3}).Build();
  constexpr std::string_view kTwice = "[[rule]]\nfrom='a'\nto='b'\n[[rule]]\nfrom='a'\nto='c'\n";
  EXPECT_NE(Refusal(kTwice, catalog).find("taken twice"), std::string::npos);
  const auto resolved = Resolve(MapOf(std::string(kTwice) + "shared=true"), catalog);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(MadeNames(*resolved), "b[3] c[3] ");
}

TEST(Resolve, RefusesTwoTensorsOfOneName) {
  const Catalog catalog = CatalogBuilder(Of::kNames).Named("a", {3}).Named("b").Build();
  const auto resolved =
      Resolve(MapOf("[[rule]]\nfrom='a'\nto='c'\n[[rule]]\nfrom='b'\nto='c'\n"), catalog);
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().slug, "map/collision");
}

TEST(Resolve, WantsToBeToldOfALoss) {
  const Catalog catalog = CatalogBuilder(Of::kNames).Named("a", {3}).Build();
  EXPECT_NE(Refusal("[[rule]]\nfrom='a'\nto='b'\ndo='slice 0 0 2'\n", catalog).find("lossy = true"),
            std::string::npos);
  const auto said =
      Resolve(MapOf("[[rule]]\nfrom='a'\nto='b'\ndo='slice 0 0 2'\nlossy=true\n"), catalog);
  ASSERT_TRUE(said);
  EXPECT_FALSE(said->tensors[0].bijective);
}

TEST(Resolve, UnravelsAFlatIndexByTheListThatFits) {
  constexpr std::string_view kMap = R"(
[map]
unravel = ["s r = i by 1 2", "s r = i by 2 3 1"]
[[rule]]
from = "blocks_{i}/dw"
to = "blocks.{s}.{r}.dw"
[[rule]]
from = "blocks_{i}/pw"
to = "blocks.{s}.{r}.pw"
where = "s > 0"
)";
  const auto build = [](int blocks, int first_pw) {
    CatalogBuilder builder(Of::kNames);
    for (int i = 0; i < blocks; ++i) {
      builder.Named("blocks_" + std::to_string(i) + "/dw");
      if (i >= first_pw) builder.Named("blocks_" + std::to_string(i) + "/pw");
    }
    return builder.Build();
  };
  const auto small = Resolve(MapOf(kMap), build(3, 1));
  ASSERT_TRUE(small) << small.error().ToString();
  EXPECT_EQ(MadeNames(*small),
            "blocks.0.0.dw[2] blocks.1.0.dw[2] blocks.1.0.pw[2] blocks.1.1.dw[2] "
            "blocks.1.1.pw[2] ");
  const auto large = Resolve(MapOf(kMap), build(6, 2));
  ASSERT_TRUE(large) << large.error().ToString();
  EXPECT_EQ(large->tensors.back().name, "blocks.2.0.pw");
  EXPECT_NE(Refusal(kMap, build(4, 1)).find("known 1 2"), std::string::npos)
      << Refusal(kMap, build(4, 1));
  EXPECT_NE(Refusal(kMap, Without(build(6, 2), "blocks_3/pw")).find("blocks_3/pw"),
            std::string::npos);
  // And back.
  const auto inverse = Inverse(MapOf(kMap));
  ASSERT_TRUE(inverse) << inverse.error().ToString();
  CatalogBuilder torch(Of::kNames);
  for (const MadeTensor& made : large->tensors) torch.Named(made.name);
  const auto back = Resolve(*inverse, torch.Build());
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(back->tensors.size(), build(6, 2).entries.size());
  EXPECT_EQ(back->tensors[8].name, "blocks_5/dw");
}

TEST(Resolve, LeavesOrKeepsTheRestWhenThatIsSaid) {
  const Catalog catalog = CatalogBuilder(Of::kNames).Named("a").Named("z").Build();
  EXPECT_EQ(MadeNames(*Resolve(MapOf("map.rest='keep'\n[[rule]]\nfrom='a'\nto='b'\n"), catalog)),
            "b[2] z[2] ");
  const auto left = Resolve(MapOf("map.rest='leave'\n[[rule]]\nfrom='a'\nto='b'\n"), catalog);
  EXPECT_EQ(left->left.size(), 1u);
}

TEST(Resolve, PutsValuesIntoOps) {
  const Catalog catalog = CatalogBuilder(Of::kNames).Named("q/kernel", {8, 8}).Build();
  constexpr std::string_view kMap =
      "map.set.heads=2\n[[rule]]\nfrom='q/kernel'\nto='q'\ndo='reshape d0 {heads} -1'\n";
  EXPECT_EQ(MadeNames(*Resolve(MapOf(kMap), catalog)), "q[8,2,4] ");
  TensorMap other = MapOf(kMap);
  other.set = {{"heads", "3"}};
  EXPECT_EQ(Resolve(other, catalog).error().slug, "map/unfit");
  other.set = {};
  EXPECT_EQ(Resolve(other, catalog).error().slug, "map/bad-rule");
}

TEST(Resolve, ExpectsWhatTheMapCounts) {
  const std::string map =
      "map.counts.L='i'\nmap.expects.sources='2*L'\n[[rule]]\nfrom='a{i}'\nto='b{i}'\n";
  EXPECT_NE(Refusal(map, CatalogBuilder(Of::kNames).Named("a0").Named("a1").Build())
                .find("2*L sources are expected, and there are 2"),
            std::string::npos);
}

TEST(ParseTensorMap, ReadsWhatItWrites) {
  for (const std::string_view text : {kVit, std::string_view(R"(
[map]
unravel = "s r = i by 1 2"
rest = "leave"
set = { heads = 12 }
[[rule]]
from = ["a\"{i}", "b{i}"]
to = "c{i}"
do = ["concat 0"]
undo = []
where = "i > 0 && i < 4"
optional = true
lossy = true
shared = true
)")}) {
    const TensorMap map = MapOf(text);
    EXPECT_EQ(MapOf(TensorMapText(map)), map);
    EXPECT_TRUE(IsTensorMap(text));
    EXPECT_TRUE(IsTensorMap(TensorMapText(map)));
  }
  EXPECT_FALSE(IsTensorMap("[map]\n\"a\" = \"b\"\n"));
}

TEST(ParseTensorMap, RefusesWhatItDoesNotKnow) {
  const std::string rule = "[[rule]]\nfrom='a'\nto='b'\n";
  for (const std::string& bad : std::vector<std::string>{
           "x", "", "[map]\nname='x'\n", rule + "color='red'\n", "map.colour=1\n" + rule,
           rule + "do='turn'\n", rule + "optional='yes'\n", rule + "where='x'\n",
           "map.unravel='s = i'\n" + rule, "[[rule]]\nfrom='a'\n", "other=1\n" + rule,
           "[[rule]]\nfrom='{x=a,b}'\nto='{x=a,b,c}'\n",
           "[[rule]]\nfrom=['{i}','b']\nto='c{i}'\n"}) {
    EXPECT_FALSE(ParseTensorMap(bad)) << bad;
  }
}

TEST(Inverse, GoesBackByItsOwnWhereOpsTellIt) {
  const auto inverse = Inverse(MapOf(R"(
[[rule]]
from = "a/{x=kernel,scale}"
to = "b.{x=weight,norm}"
do = ["transpose 1 2 0", "squeeze 1", "blocks 0 3 1 2 0"]
[[rule]]
from = "a/scale"
to = "b.copy"
shared = true
)"));
  ASSERT_TRUE(inverse) << inverse.error().ToString();
  ASSERT_EQ(inverse->rules.size(), 1u);
  EXPECT_EQ(inverse->rules[0].from[0], "b.{x=weight,norm}");
  EXPECT_EQ(inverse->rules[0].ops,
            (std::vector<std::string>{"blocks 0 3 2 0 1", "expand 1", "transpose 2 0 1"}));
  EXPECT_EQ(inverse->skip, std::vector<std::string>{"b.copy"});
}

TEST(Inverse, NamesTheOpThatHasNone) {
  const auto refused = Inverse(MapOf(kVit));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().slug, "map/no-inverse");
  EXPECT_NE(refused.error().message.find("'concat 0'"), std::string::npos);
}

TEST(Inverse, KnowsAllOfAMapWhoseShapesAreKnown) {
  const Catalog catalog = Vit(2);
  const auto resolved = Resolve(MapOf(kVit), catalog);
  const auto inverse = Inverse(*resolved, catalog);
  ASSERT_TRUE(inverse) << inverse.error().ToString();
  CatalogBuilder made(Of::kNames);
  for (const MadeTensor& tensor : resolved->tensors) made.Named(tensor.name, tensor.spec.shape);
  const auto back = Resolve(*inverse, made.Build());
  ASSERT_TRUE(back) << back.error().ToString();
  ASSERT_EQ(back->tensors.size(), catalog.entries.size());
  for (std::size_t i = 0; i < back->tensors.size(); ++i) {
    EXPECT_EQ(back->tensors[i].name, catalog.entries[i].name);
    EXPECT_EQ(back->tensors[i].spec, catalog.entries[i].spec);
  }
}

}  // namespace
}  // namespace regraft::maps
