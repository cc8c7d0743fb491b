// What `regraft copy` takes, and what becomes of it.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "workshop.h"

namespace regraft::cli_test {
namespace {

using edit::Trained;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* kSlotM = "/.OPTIMIZER_SLOT/optimizer/m";

class CopyCommand : public Workshop {
 protected:
  CopyCommand() { Trained().WriteTo(*this / "a"); }

  // Success, or the test fails with what the command said.
  Ran Copy(const std::string& arguments) {
    Ran ran = Run("copy " + arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran;
  }
};

TEST_F(CopyCommand, MakesTheSameFilesWithoutRules) {
  Copy("a b");
  auto files = Files();
  EXPECT_EQ(files["b.index"], files["a.index"]);
  EXPECT_EQ(files["b.data-00000-of-00001"], files["a.data-00000-of-00001"]);
  EXPECT_EQ(files.size(), 4u);
}

TEST_F(CopyCommand, NeverChangesItsSource) {
  const auto before = Files("a");
  for (const std::string rules :
       {"", "--drop @optimizer", "--map 'model/=>net/'", "--cast 'float32=>bfloat16'", "--link",
        "--shards 3", "--add-prefix x", "a:optimizer/"}) {
    Run("copy a b --force " + rules);
    EXPECT_EQ(Files("a"), before) << rules;
  }
}

TEST_F(CopyCommand, WritesNothingWhenRunDry) {
  const auto before = Files();
  const Ran ran = Copy("a new/b -n --map 'model/a/=>model/c/' --receipt r.json");
  EXPECT_THAT(ran.out, StartsWith("would copy 11 of 11 entries"));
  EXPECT_THAT(ran.out, HasSubstr("model/c/kernel"));
  EXPECT_THAT(Copy("a b --dry-run --json").out, HasSubstr("\"written\": null"));
  EXPECT_EQ(Files(), before);
}

TEST_F(CopyCommand, SaysThatADryRunWouldBeRefused) {
  EXPECT_THAT(Copy("a b").err, IsEmpty());
  EXPECT_THAT(Copy("a b -n").err, HasSubstr("note: b exists"));
  EXPECT_THAT(Copy("a b -n --force").err, IsEmpty());
}

TEST_F(CopyCommand, RefusesInADryRunWhatTheRunRefuses) {
  for (const std::string arguments : {"a a", "a ./a.index", "a new/", "a b --link --shards 2"}) {
    const Ran dry = Run("copy -n " + arguments), real = Run("copy " + arguments);
    EXPECT_NE(real.status, 0) << arguments;
    EXPECT_EQ(dry.status, real.status) << arguments;
    EXPECT_EQ(dry.err, real.err) << arguments;
    EXPECT_EQ(dry.out, real.out) << arguments;
  }
  for (const std::string output : {"a", "b.index"}) {
    const Ran dry = Run("restore a --into a -n -o " + output);
    const Ran real = Run("restore a --into a -o " + output);
    EXPECT_NE(real.status, 0) << output;
    EXPECT_EQ(dry.err, real.err) << output;
  }
}

TEST_F(CopyCommand, ShowsDropsAsTheyWereTyped) {
  EXPECT_THAT(Copy("a b -n --drop @optimizer -x '**/bias'").out,
              AllOf(HasSubstr("left out because of --drop @optimizer"),
                    HasSubstr("left out because of --exclude '**/bias'")));
  EXPECT_THAT(Run("copy a b --drop 'nowhere/**'").err, HasSubstr("--drop 'nowhere/**'"));
}

TEST_F(CopyCommand, TellsRulesThatChangeNothingApart) {
  const Ran same = Run("copy a b --map 'model/a/kernel=>model/a/kernel'");
  EXPECT_EQ(same.status, 1);
  EXPECT_THAT(same.err, HasSubstr("1 rule changes nothing"));
  const Ran none = Run("copy a b --map 'model/nowhere=>model/a/kernel'");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("1 rule matches nothing"));
  const auto root =
      nlohmann::json::parse(Copy("a b --json --regex 's/(model)/\\1/' --allow-unused-rules").out);
  EXPECT_EQ(root["rules"][0]["changed"], 0);
  EXPECT_GT(root["rules"][0]["matched"], 0);
  EXPECT_THAT(Copy("a b -n --regex 's/(model)/\\1/' --allow-unused-rules").out,
              HasSubstr("changed 0"));
}

TEST_F(CopyCommand, PutsAveragesInThePlaceOfVariables) {
  testing::TinyBundle bundle;
  bundle.AddFloats("w", {2}, {1, 2}).AddFloats("w/ExponentialMovingAverage", {2}, {3, 4});
  bundle.WriteTo(*this / "averages");
  const Ran ran = Copy("averages b --ema-into-weights --receipt r.json");
  EXPECT_THAT(Names("b"), ElementsAre("w"));
  EXPECT_EQ(Floats("b", "w"), Floats("averages", "w/ExponentialMovingAverage"));
  EXPECT_THAT(ran.out, HasSubstr("--ema-into-weights"));
  EXPECT_EQ(Run("verify b --receipt r.json").status, 0);
  const Ran refused = Run("copy a c --ema-into-weights");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("no average  model/a/kernel"));
}

TEST_F(CopyCommand, DropsWhatIsNamed) {
  const Ran ran = Copy("a b --drop @optimizer --drop '**/bias'");
  EXPECT_THAT(Names("b"), UnorderedElementsAre("model/a/kernel", "model/b/kernel", "save_counter"));
  EXPECT_THAT(ran.out, StartsWith("copied 3 of 11 entries"));
  EXPECT_THAT(ran.out, HasSubstr("8 left out: 6 optimizer, 2 weights"));
  EXPECT_EQ(Floats("b", "model/b/kernel"), Floats("a", "model/b/kernel"));
}

TEST_F(CopyCommand, ChoosesAsEveryOtherVerbDoes) {
  WriteText(*this / "names", "net/a/kernel:0\nsave_counter\n");
  const std::vector<std::pair<std::string, std::size_t>> choices = {
      {"-i 'model/a/*'", 4}, {"-x 'model/a/*'", 7},    {"-I '/a/'", 4},
      {"-X '/a/'", 7},       {"-c @meta", 1},          {"--where 'dtype==int64'", 2},
      {"-c @weights", 4},    {"--names-from names", 4}};
  for (const auto& [rule, entries] : choices) {
    Copy("a b --force " + rule);
    EXPECT_EQ(Names("b").size(), entries) << rule;
  }
}

TEST_F(CopyCommand, LetsSlotsFollowTheirVariable) {
  Copy("a b -x 'model/a/*' --map 'model/b/=>model/c/'");
  EXPECT_THAT(Names("b"), Contains(std::string("model/c/kernel") + kSlotM));
  EXPECT_THAT(Names("b"), Not(Contains(HasSubstr("model/a/"))));
  Copy("a c -i 'model/a/kernel' --no-follow-slots");
  EXPECT_THAT(Names("c"), ElementsAre("model/a/kernel"));
}

TEST_F(CopyCommand, SwapsTwoNames) {
  const auto a = Floats("a", "model/a/kernel"), b = Floats("a", "model/b/kernel");
  const auto slot = Floats("a", std::string("model/a/kernel") + kSlotM);
  Copy("a b --map 'model/a/=>model/b/' --map 'model/b/=>model/a/'");
  EXPECT_EQ(Floats("b", "model/a/kernel"), b);
  EXPECT_EQ(Floats("b", "model/b/kernel"), a);
  EXPECT_EQ(Floats("b", std::string("model/b/kernel") + kSlotM), slot);
}

TEST_F(CopyCommand, ShowsWhatBecameOfEachName) {
  const std::string swap = "a b -n --drop @optimizer --map 'model/a/=>model/b/' ";
  EXPECT_THAT(Copy(swap + "--map 'model/b/=>model/a/'").out,
              HasSubstr("  = model/b/{bias,kernel}  <- model/a/{bias,kernel}\n"
                        "  = model/a/{bias,kernel}  <- model/b/{bias,kernel}\n"));
  // What stays in its place is one row.
  EXPECT_THAT(Copy("a b -n --drop @optimizer --map 'model/=>net/'").out,
              HasSubstr("  = net/{a,b}/{bias,kernel}  <- model/{a,b}/{bias,kernel}\n"));
  EXPECT_THAT(Copy("a b -n --drop @optimizer --regex 's|model/(.)/|layer_\\1/|'").out,
              HasSubstr("  = {layer_a,layer_b}/{bias,kernel}  <- model/{a,b}/{bias,kernel}\n"));
}

TEST_F(CopyCommand, TakesNewNamesFromAFile) {
  WriteText(*this / "map.toml", "\"model/a/kernel\" = \"first/w\"\n\"model/b/\" = \"second/\"\n");
  Copy("a b --map-file map.toml --drop @optimizer");
  EXPECT_THAT(Names("b"), UnorderedElementsAre("first/w", "model/a/bias", "second/bias",
                                               "second/kernel", "save_counter"));
}

TEST_F(CopyCommand, StripsAndAddsPrefixes) {
  Copy("a b --strip-prefix model --drop @optimizer --drop save_counter");
  EXPECT_THAT(Names("b"), UnorderedElementsAre("a/bias", "a/kernel", "b/bias", "b/kernel"));
  Copy("b c --add-prefix old/net");
  EXPECT_THAT(Names("c"), UnorderedElementsAre("old/net/a/bias", "old/net/a/kernel",
                                               "old/net/b/bias", "old/net/b/kernel"));
}

TEST_F(CopyCommand, RewritesByRegularExpression) {
  Copy("a b --drop @optimizer --regex 's/model\\/(.)\\//layer_\\1\\//'");
  EXPECT_THAT(Names("b"), Contains("layer_a/kernel"));
  Copy("a c --drop @optimizer --regex 's|model/(.)/|layer_\\1/|'");
  EXPECT_EQ(Names("c"), Names("b"));
  EXPECT_EQ(Run("copy a d --regex 's/(/x/'").status, 2);
}

TEST_F(CopyCommand, RenamesTheObjectsToo) {
  Copy("a b --map 'model/=>net/'");
  EXPECT_THAT(Run("tree b").out, HasSubstr("net  ("));
  EXPECT_THAT(Run("ls b").out, Not(HasSubstr("model/")));
  EXPECT_EQ(Run("verify b").status, 0);
}

TEST_F(CopyCommand, RefusesTwoEntriesOfOneName) {
  const Ran ran = Run("copy a b --map 'model/a/=>model/b/'");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("model/a/kernel"));
  EXPECT_THAT(ran.err, HasSubstr("model/b/kernel"));
  EXPECT_THAT(Files("b"), IsEmpty());
}

TEST_F(CopyCommand, RefusesRulesThatDoNothing) {
  const Ran pattern = Run("copy a b -x '**/gama'");
  EXPECT_EQ(pattern.status, 3);
  EXPECT_THAT(pattern.err, HasSubstr("'**/gama'"));
  const Ran name = Run("copy a b --map 'modle/=>net/'");
  EXPECT_EQ(name.status, 1);
  EXPECT_THAT(name.err, HasSubstr("modle/"));
  EXPECT_EQ(Run("copy a b --cast 'float16=>float32'").status, 1);
  EXPECT_EQ(Run("copy a b -x '**'").status, 3);
  EXPECT_THAT(Files("b"), IsEmpty());
  Copy("a b -x '**/gama' --map 'modle/=>net/' --allow-unused-rules");
}

TEST_F(CopyCommand, CastsAndSaysWhatThatCost) {
  testing::TinyBundle()
      .AddFloats("w", {3}, {1, 0.1f, 1e30f})
      .AddFloats("small", {2}, {0.5f, 0.25f})
      .AddInt64s("global_step", {}, {7})
      .WriteTo(*this / "names");
  const Ran ran = Copy("names half --cast 'float32=>float16'");
  EXPECT_THAT(ran.out, HasSubstr("1 element became infinite"));
  EXPECT_THAT(ran.out, HasSubstr("largest relative error 2.4e-04, in w"));
  const CheckpointReader half = Open("half");
  EXPECT_EQ(half.Find("w")->spec.dtype, DType::kFloat16);
  EXPECT_EQ(half.Find("global_step")->spec.dtype, DType::kInt64);
  const Ran bad = Run("copy names c --cast 'float32=>flaot16'");
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("edit/bad-cast"));
}

TEST_F(CopyCommand, JoinsCheckpointsBelowScopes) {
  Trained(100).WriteTo(*this / "g");
  Copy("enc=a gen=g:model/ both");
  EXPECT_EQ(Floats("both", "enc/model/a/kernel"), Floats("a", "model/a/kernel"));
  EXPECT_EQ(Floats("both", "gen/a/kernel"), Floats("g", "model/a/kernel"));
  EXPECT_THAT(Names("both"), Not(Contains("gen/optimizer/iter")));
  EXPECT_THAT(Names("both"), Contains("enc/optimizer/iter"));
}

TEST_F(CopyCommand, JoinsCheckpointsWithoutScopesIfTheirNamesDiffer) {
  Trained(100, "generator").WriteTo(*this / "g");
  Copy("a g both --drop @optimizer");
  EXPECT_EQ(Floats("both", "model/a/kernel"), Floats("a", "model/a/kernel"));
  EXPECT_EQ(Floats("both", "generator/a/kernel"), Floats("g", "generator/a/kernel"));
  const Ran ran = Run("copy a a c --drop @optimizer");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("model/a/kernel"));
  EXPECT_THAT(ran.err, HasSubstr("regraft copy part1=a part2=a c"));
}

TEST_F(CopyCommand, TakesPathsThatHaveTheSignsOfArguments) {
  Trained(5).WriteTo(*this / "lr=0.1/ckpt-1");
  Trained(6).WriteTo(*this / "x:y");
  Copy("lr=0.1/ckpt b");  // A stem.
  EXPECT_EQ(Floats("b", "model/a/kernel")[0], 5);
  Copy("top=lr=0.1/ckpt-1:model/ c");
  EXPECT_EQ(Floats("c", "top/a/kernel")[0], 5);
  Copy("x:y d");
  EXPECT_EQ(Floats("d", "model/a/kernel")[0], 6);
  const Ran ran = Run("copy top=nothing:model/ e");
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.err, HasSubstr("'nothing'"));
  EXPECT_THAT(ran.err, HasSubstr("top=nothing:model/ is NAME=PATH:SCOPE/"));
}

TEST_F(CopyCommand, SpreadsOverShards) {
  Copy("a b --shards 3");
  EXPECT_EQ(Open("b").num_files(), 3u);
  EXPECT_EQ(Floats("b", "model/b/kernel"), Floats("a", "model/b/kernel"));
  Copy("b c");  // As its source.
  EXPECT_EQ(Open("c").num_files(), 3u);
  Copy("b d --shards 1");
  EXPECT_EQ(Files()["d.data-00000-of-00001"].size(), Files()["a.data-00000-of-00001"].size());
}

TEST_F(CopyCommand, KeepsShardsBelowASize) {
  testing::TinyBundle many;
  for (int i = 0; i < 10; ++i) {
    many.AddFloats("w" + std::to_string(i), {100}, std::vector<float>(100, 1));
  }
  many.WriteTo(*this / "many");
  Copy("many b --max-shard-size 1kB");
  EXPECT_EQ(Open("b").num_files(), 5u);
  for (const auto& [name, content] : Files("b.data")) EXPECT_LE(content.size(), 1000u) << name;
  Copy("many c --max-shard-size 1KiB");
  EXPECT_EQ(Open("c").num_files(), 5u);
}

TEST_F(CopyCommand, AlignsTensors) {
  Copy("a b --alignment 4KiB");
  const CheckpointReader reader = Open("b");
  for (const Entry& entry : reader.entries()) EXPECT_EQ(reader.StoredAt(entry).offset % 4096, 0u);
  EXPECT_EQ(Floats("b", "model/b/kernel"), Floats("a", "model/b/kernel"));
}

TEST_F(CopyCommand, RefusesSizesThatAreNone) {
  for (const std::string flag :
       {"--shards 1.5", "--shards -1", "--max-shard-size 5XB", "--max-shard-size 0",
        "--alignment -4", "--alignment nan", "--alignment ''"}) {
    const Ran ran = Run("copy a b " + flag);
    EXPECT_EQ(ran.status, 2) << flag;
    EXPECT_THAT(ran.err, HasSubstr("cli/bad-value")) << flag;
  }
  EXPECT_THAT(Run("copy a b --max-shard-size 5XB").err, HasSubstr("200MB"));
  EXPECT_THAT(Files("b"), IsEmpty());
}

std::pair<ino_t, nlink_t> Inode(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return {status.st_ino, status.st_nlink};
}

TEST_F(CopyCommand, LinksTheDataOfItsSource) {
  const Ran ran = Copy("a b --link --drop @optimizer --map 'model/=>net/'");
  bool linked = false;
  for (const auto& [name, content] : Files("b.data")) {
    linked = linked || Inode(*this / name).first == Inode(*this / "a.data-00000-of-00001").first;
  }
  EXPECT_TRUE(linked);
  EXPECT_EQ(Inode(*this / "a.data-00000-of-00001").second, 2u);
  EXPECT_EQ(Floats("b", "net/a/kernel"), Floats("a", "model/a/kernel"));
  EXPECT_THAT(Names("b"), Not(Contains(HasSubstr("optimizer"))));
  EXPECT_EQ(Run("verify b").status, 0);
}

TEST_F(CopyCommand, LinksNothingThatWouldHaveToBeWritten) {
  for (const std::string rule :
       {"--cast 'float32=>float16'", "--shards 2", "--alignment 64", "--max-shard-size 1MB"}) {
    const Ran ran = Run("copy a b --link " + rule);
    EXPECT_EQ(ran.status, 6) << rule;
    EXPECT_THAT(ran.err, HasSubstr("edit/cannot-link")) << rule;
  }
  EXPECT_THAT(Files("b"), IsEmpty());
}

TEST_F(CopyCommand, GivesJson) {
  const auto root = nlohmann::json::parse(Copy("a b --json --drop @optimizer").out);
  EXPECT_EQ(root["schema"], "regraft.copy/1");
  EXPECT_EQ(root["written"]["prefix"], "b");
  EXPECT_EQ(root["written"]["shards"], 1);
  EXPECT_EQ(root["left_out"].size(), 6u);
  EXPECT_EQ(root["rules"][0]["matched"], 6);
  const auto error = nlohmann::json::parse(Run("copy a b --json").err);
  EXPECT_EQ(error["slug"], "checkpoint/exists");
}

TEST_F(CopyCommand, NeedsASourceAndADestination) {
  const Ran ran = Run("copy a");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("regraft copy a DST"));
  EXPECT_EQ(Run("copy").status, 2);
  EXPECT_EQ(Run("copy a ''").status, 2);
  EXPECT_EQ(Run("copy a b/").status, 2);
  EXPECT_EQ(Run("copy nothing b").status, 3);
}

}  // namespace
}  // namespace regraft::cli_test
