// `regraft restore`: a checkpoint again, with values from others.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "regraft/checkpoint.h"
#include "workshop.h"

namespace regraft::cli_test {
namespace {

using edit::Trained;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class RestoreCommand : public Workshop {
 protected:
  RestoreCommand() {
    Trained().WriteTo(*this / "a");
    Trained(100).WriteTo(*this / "b");
  }
  Ran Restore(const std::string& arguments) {
    Ran ran = Run("restore " + arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran;
  }
};

TEST_F(RestoreCommand, TakesWhatIsChosenAndKeepsTheRest) {
  const auto sources = Files();
  const Ran ran = Restore("a --into b -o c -x '**/b/**' -c @weights");
  EXPECT_THAT(ran.out, StartsWith("restored 2/10 variables"));
  EXPECT_THAT(ran.out, HasSubstr("wrote c."));
  EXPECT_EQ(Floats("c", "model/a/kernel"), Floats("a", "model/a/kernel"));
  EXPECT_EQ(Floats("c", "model/b/kernel"), Floats("b", "model/b/kernel"));
  EXPECT_EQ(Floats("c", "optimizer/learning_rate"), Floats("b", "optimizer/learning_rate"));
  EXPECT_EQ(Names("c"), Names("b"));
  EXPECT_EQ(Run("verify c").status, 0);
  for (const auto& [name, content] : sources) EXPECT_EQ(Files()[name], content) << name;
}

TEST_F(RestoreCommand, WritesNothingWhenRunDry) {
  const auto before = Files();
  const Ran ran = Restore("a --into b -o c -n -x '**/b/**'");
  EXPECT_THAT(ran.out, StartsWith("would restore "));
  EXPECT_EQ(nlohmann::json::parse(Restore("a --into b -o c -n --json").out)["schema"],
            "regraft.plan/1");
  EXPECT_EQ(Files(), before);
}

TEST_F(RestoreCommand, IsStrictUnlessAPolicySaysOtherwise) {
  testing::TinyBundle source, target;
  source.AddFloats("wide", {2, 3}, {1, 2, 3, 4, 5, 6}).AddFloats("narrow", {2}, {7, 8});
  source.AddFloats("half", {2}, {0.5f, 2});
  target.AddFloats("wide", {2, 2}, {0, 0, 0, 0}).AddFloats("narrow", {3}, {9, 9, 9});
  target.Add("half", DType::kFloat16, {2}, std::string(4, '\0')).AddFloats("own", {}, {3});
  source.WriteTo(*this / "s");
  target.WriteTo(*this / "t");
  const Ran refused = Run("restore s --into t -o c");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("own"));
  EXPECT_THAT(Files("c"), IsEmpty());
  Restore("s --into t -o c -i wide --on-shape slice");
  EXPECT_EQ(Floats("c", "wide"), (std::vector<float>{1, 2, 4, 5}));
  Restore("s --into t -o d -i narrow --on-shape pad");
  EXPECT_EQ(Floats("d", "narrow"), (std::vector<float>{7, 8, 0}));
  Restore("s --into t -o e -i narrow --on-shape pad=keep");
  EXPECT_EQ(Floats("e", "narrow"), (std::vector<float>{7, 8, 9}));
  const Ran cast = Restore("s --into t -o f -i half -i own --on-dtype cast --missing keep");
  EXPECT_THAT(cast.out, HasSubstr("1 kept"));
  const CheckpointReader f = Open("f");
  EXPECT_EQ(f.Find("half")->spec.dtype, DType::kFloat16);
  EXPECT_EQ(Floats("f", "own"), (std::vector<float>{3}));
}

TEST_F(RestoreCommand, MapsAndRequires) {
  Trained(7, "net").WriteTo(*this / "n");
  Restore("n --into b -o c -c @weights --map 'net/=>model/'");
  EXPECT_EQ(Floats("c", "model/a/kernel"), Floats("n", "net/a/kernel"));
  EXPECT_EQ(Run("restore a --into b -o d -x '**/a/**' --require '**/a/*'").status, 1);
  EXPECT_THAT(Files("d"), IsEmpty());
}

TEST_F(RestoreCommand, TakesValuesFromSeveralSources) {
  Trained(7, "generator").WriteTo(*this / "g");
  testing::TinyGraph graph;
  testing::TinyBundle target;
  for (const std::string part : {"enc", "gen"}) {
    const std::int32_t node = graph.AddNode(0, part);
    const std::string path = part == "enc" ? "enc/model/a/kernel" : "gen/a/kernel";
    std::int32_t at = node;
    if (part == "enc") at = graph.AddNode(at, "model");
    at = graph.AddNode(at, "a");
    target.AddFloats(graph.Key(graph.AddVariable(at, "kernel", path, part + "/a/kernel")), {2, 2},
                     {0, 0, 0, 0});
  }
  target.SetGraph(graph).WriteTo(*this / "t");
  Restore("enc=a gen=g:generator/ --into t -o c");
  EXPECT_EQ(Floats("c", "enc/model/a/kernel"), Floats("a", "model/a/kernel"));
  EXPECT_EQ(Floats("c", "gen/a/kernel"), Floats("g", "generator/a/kernel"));
  const Ran ran = Run("restore a a --into t -o d");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("edit/collision"));
}

TEST_F(RestoreCommand, TakesOverWhatANewNameNeeds) {
  // A name-based file's values for an object-based target.
  testing::TinyBundle().AddFloats("net/a/kernel", {2, 2}, {1, 1, 1, 1}).WriteTo(*this / "names");
  Restore("names --into b -o c -i model/a/kernel");
  EXPECT_EQ(Floats("c", "model/a/kernel"), (std::vector<float>{1, 1, 1, 1}));
}

TEST_F(RestoreCommand, WritesAsItIsTold) {
  Restore("a --into b -o c --shards 2 --alignment 64");
  EXPECT_EQ(Open("c").num_files(), 2u);
  EXPECT_EQ(Floats("c", "model/b/kernel"), Floats("a", "model/b/kernel"));
}

TEST_F(RestoreCommand, GivesJson) {
  const auto root = nlohmann::json::parse(Restore("a --into b -o c --json -c @weights").out);
  EXPECT_EQ(root["schema"], "regraft.report/1");
  EXPECT_EQ(root["written"]["prefix"], "c");
  EXPECT_EQ(root["written"]["entries"], 12);
}

TEST_F(RestoreCommand, NeedsATargetAndADestination) {
  EXPECT_EQ(Run("restore a -o c").status, 2);
  EXPECT_EQ(Run("restore a --into b").status, 2);
  EXPECT_THAT(Run("restore a --into b").err, HasSubstr("--output"));
  EXPECT_EQ(Run("restore --into b -o c").status, 2);
  EXPECT_EQ(Run("restore a --into nothing -o c").status, 3);
}

}  // namespace
}  // namespace regraft::cli_test
