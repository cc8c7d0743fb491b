#include <gtest/gtest.h>

#include "edit/test_models.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/graft.h"
#include "regraft/rules.h"
#include "regraft/targets.h"

namespace regraft {
namespace {

using edit::Floats;
using edit::Keys;
using edit::Open;
using edit::Trained;
using testing::CheckpointFolder;
using testing::TinyBundle;

std::string Key(std::string_view path) { return testing::ValueKey(path); }

class RestoreIntoTest : public ::testing::Test {
 protected:
  RestoreIntoTest() {
    Trained().WriteTo(folder_ / "a");
    Trained(100).WriteTo(folder_ / "b");
  }

  Result<GraftReport> Try(std::span<const EditSource> sources, const Rules& rules,
                          const std::string& into = "b") {
    const auto joined = JoinedSources::Make(sources);
    if (!joined) return Fail(joined.error());
    const CheckpointReader target = Open(folder_ / into);
    const auto plan = MakePlan(joined->catalog(), TargetsFrom(target.catalog()), rules);
    if (!plan) return Fail(plan.error());
    return RestoreInto(*joined, *plan, target, folder_ / "c");
  }
  GraftReport Do(std::span<const EditSource> sources, const Rules& rules,
                 const std::string& into = "b") {
    auto report = Try(sources, rules, into);
    if (!report) {
      ADD_FAILURE() << report.error().ToString();
      return {};
    }
    return *std::move(report);
  }

  CheckpointFolder folder_;
};

TEST_F(RestoreIntoTest, TakesTheChosenAndKeepsTheRest) {
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const EditSource source{&a};
  Rules rules;
  rules.select.include = {"model/a/*"};
  const GraftReport report = Do({&source, 1}, rules);
  const CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Keys(c), Keys(b));
  EXPECT_EQ(Floats(c, Key("model/a/kernel")), Floats(a, Key("model/a/kernel")));
  EXPECT_EQ(Floats(c, Key("model/b/kernel")), Floats(b, Key("model/b/kernel")));
  EXPECT_EQ(Floats(c, Key("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m")),
            Floats(b, Key("model/a/kernel/.OPTIMIZER_SLOT/optimizer/m")));
  EXPECT_EQ(report.report.restored.size(), 2u);
  EXPECT_EQ(report.report.bytes_read, 24u);
}

TEST_F(RestoreIntoTest, KeepsTheObjectGraphAndTheOrderOfTheTarget) {
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const EditSource source{&a};
  Do({&source, 1}, {});
  const CheckpointReader c = Open(folder_ / "c");
  const Entry* graph = c.Find("_CHECKPOINTABLE_OBJECT_GRAPH");
  ASSERT_NE(graph, nullptr);
  EXPECT_EQ(*c.ReadRaw(*graph), *b.ReadRaw(*b.Find(graph->key)));
  for (const Entry& entry : c.entries()) {
    EXPECT_EQ(c.StoredAt(entry).offset, b.StoredAt(*b.Find(entry.key)).offset);
  }
}

TEST_F(RestoreIntoTest, TakesFromSeveralSourcesBelowTheirNames) {
  Trained(1000, "generator").WriteTo(folder_ / "g");
  TinyBundle target;
  testing::TinyGraph graph;
  const std::int32_t enc = graph.AddNode(0, "enc"), gen = graph.AddNode(0, "gen");
  const std::int32_t enc_a = graph.AddNode(graph.AddNode(enc, "model"), "a");
  const std::int32_t gen_a = graph.AddNode(gen, "a");
  target.AddFloats(graph.Key(graph.AddVariable(enc_a, "bias", "enc/model/a/bias", "bias")), {2},
                   {0, 0});
  target.AddFloats(graph.Key(graph.AddVariable(gen_a, "bias", "gen/a/bias", "bias")), {2}, {0, 0});
  target.SetGraph(graph).WriteTo(folder_ / "t");
  const CheckpointReader a = Open(folder_ / "a"), g = Open(folder_ / "g");
  const std::vector<EditSource> sources = {{&a, "", "enc/"}, {&g, "generator/", "gen/"}};
  Do(sources, {}, "t");
  const CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Floats(c, Key("enc/model/a/bias")), Floats(a, Key("model/a/bias")));
  EXPECT_EQ(Floats(c, Key("gen/a/bias")), Floats(g, Key("generator/a/bias")));
}

TEST_F(RestoreIntoTest, CutsPadsAndCasts) {
  TinyBundle()
      .AddFloats("cut", {3, 2}, {1, 2, 3, 4, 5, 6})
      .AddFloats("pad", {1}, {7})
      .AddFloats("cast", {2}, {1.5f, 2.5f})
      .WriteTo(folder_ / "s");
  TinyBundle()
      .AddFloats("cut", {2, 1}, {0, 0})
      .AddFloats("pad", {3}, {9, 8, 6})
      .Add("cast", DType::kFloat64, {2}, testing::BytesOf<double>({0, 0}))
      .WriteTo(folder_ / "t");
  const CheckpointReader s = Open(folder_ / "s");
  const EditSource source{&s};
  Rules rules;
  rules.on_dtype = OnDtype::kCast;
  rules.on_shape = OnShape::kSlice;
  rules.select.exclude = {"pad"};
  const GraftReport report = Do({&source, 1}, rules, "t");
  CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Floats(c, "cut"), (std::vector<float>{1, 3}));
  EXPECT_EQ(Floats(c, "pad"), (std::vector<float>{9, 8, 6}));
  std::vector<double> doubles(2);
  ASSERT_TRUE(c.Read(*c.Find("cast"), std::as_writable_bytes(std::span(doubles))));
  EXPECT_EQ(doubles, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(report.casts.size(), 1u);

  rules.select.include = {"pad"};
  rules.select.exclude = {};
  for (const auto& [policy, expected] :
       {std::pair{OnShape::kPad, std::vector<float>{7, 0, 0}},
        std::pair{OnShape::kPadKeep, std::vector<float>{7, 8, 6}}}) {
    rules.on_shape = policy;
    for (const std::string end : {".index", ".data-00000-of-00001"}) folder_.Remove("c" + end);
    Do({&source, 1}, rules, "t");
    EXPECT_EQ(Floats(Open(folder_ / "c"), "pad"), expected);
  }
}

TEST_F(RestoreIntoTest, TakesAndKeepsValuesOfAnotherByteOrder) {
  Trained(1000).SetBigEndian().WriteTo(folder_ / "s");
  Trained(2000).SetBigEndian().WriteTo(folder_ / "t");
  const CheckpointReader s = Open(folder_ / "s"), t = Open(folder_ / "t");
  const EditSource source{&s};
  Rules rules;
  rules.select.include = {"model/a/*"};
  Do({&source, 1}, rules, "t");
  const CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Floats(c, Key("model/a/kernel")), Floats(s, Key("model/a/kernel")));
  EXPECT_EQ(Floats(c, Key("model/b/kernel")), Floats(t, Key("model/b/kernel")));
}

TEST_F(RestoreIntoTest, JoinsSlicesOfASource) {
  TinyBundle sliced;
  sliced.AddSlice("x", DType::kFloat32, {4}, {{0, 2}}, testing::BytesOf<float>({1, 2}));
  sliced.AddSlice("x", DType::kFloat32, {4}, {{2, 2}}, testing::BytesOf<float>({3, 4}));
  sliced.WriteTo(folder_ / "s");
  TinyBundle().AddFloats("x", {4}, {0, 0, 0, 0}).WriteTo(folder_ / "t");
  const CheckpointReader s = Open(folder_ / "s");
  const EditSource source{&s};
  Do({&source, 1}, {}, "t");
  const CheckpointReader c = Open(folder_ / "c");
  EXPECT_EQ(Floats(c, "x"), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(c.StoredAt(*c.Find("x")).slices, 0u);
}

TEST_F(RestoreIntoTest, RefusesWhatTheRulesDoNotCover) {
  CheckpointFolder::Small().WriteTo(folder_ / "s");
  const CheckpointReader s = Open(folder_ / "s");
  const EditSource source{&s};
  const auto refused = Try({&source, 1}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnmet);
  EXPECT_FALSE(CheckpointReader::Open(folder_ / "c"));
}

TEST_F(RestoreIntoTest, RefusesAPlanForOtherSources) {
  const CheckpointReader a = Open(folder_ / "a"), b = Open(folder_ / "b");
  const EditSource of_a{&a}, of_b{&b};
  const auto one = JoinedSources::Make({&of_a, 1}), other = JoinedSources::Make({&of_b, 1});
  const auto plan = MakePlan(one->catalog(), TargetsFrom(b.catalog()), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(RestoreInto(*other, *plan, b, folder_ / "c").error().slug, "edit/other-source");
}

TEST(JoinedSources, RefusesNamesThatCollide) {
  const CheckpointFolder folder;
  folder.Save("a");
  const CheckpointReader a = Open(folder / "a");
  const std::vector<EditSource> sources = {{&a}, {&a}};
  const auto joined = JoinedSources::Make(sources);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().slug, "edit/collision");
}

}  // namespace
}  // namespace regraft
