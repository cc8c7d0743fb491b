// Sources seen through layouts, presets and map files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/tiny_bundle.h"
#include "workshop.h"

namespace regraft::cli_test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Maps : public Workshop {
 protected:
  Maps() {
    testing::TinyBundle bundle;
    bundle.AddFloats("dense/kernel", {2, 3}, {0, 1, 2, 3, 4, 5});
    bundle.AddFloats("dense/bias", {3}, {6, 7, 8});
    bundle.WriteTo(*this / "k");
    WriteText(*this / "map.toml",
              "[[rule]]\nfrom = \"dense/kernel\"\nto = \"fc.weight\"\ndo = [\"transpose\"]\n"
              "[[rule]]\nfrom = \"dense/bias\"\nto = \"fc.bias\"\n");
  }
};

TEST_F(Maps, ShowWhatTheyMake) {
  EXPECT_THAT(Run("ls k --layout 'keras->torch'").out, HasSubstr("dense.weight  float32  [3,2]"));
  EXPECT_THAT(Run("ls -l k --map-file map.toml").out, HasSubstr("transpose of dense/kernel [2,3]"));
  const Ran show = Run("show k fc.weight --map-file map.toml");
  EXPECT_THAT(show.out, HasSubstr("made of      transpose of dense/kernel [2,3]"));
  EXPECT_THAT(show.out, EndsWith("[[0, 3],\n [1, 4],\n [2, 5]]\n"));
  EXPECT_THAT(show.err, HasSubstr("2 tensors, of which 1 is computed"));
  EXPECT_THAT(Run("tree k --map-file map.toml").out, HasSubstr("weight"));
  EXPECT_EQ(Run("verify k --map-file map.toml").status, 0);
  EXPECT_THAT(Run("info k --map-file map.toml").out, HasSubstr("entries      2"));
  const auto list = nlohmann::json::parse(Run("ls --json k --map-file map.toml").out);
  EXPECT_EQ(list["entries"][1]["made_of"], "transpose of dense/kernel [2,3]");
}

TEST_F(Maps, AreCopiedThereAndBack) {
  ASSERT_EQ(Run("copy k t --map-file map.toml").status, 0);
  EXPECT_EQ(Floats("t", "fc.weight"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  const Ran back = Run("copy t again --map-file map.toml --reverse");
  ASSERT_EQ(back.status, 0) << back.err;
  EXPECT_EQ(Files("again.data").size(), 1u);
  for (const char* name : {"dense/kernel", "dense/bias"}) {
    EXPECT_EQ(Floats("again", name), Floats("k", name));
  }
}

TEST_F(Maps, GoIntoPlansAndRestores) {
  ASSERT_EQ(Run("copy k t --map-file map.toml").status, 0);
  const Ran plan = Run("plan k --into t --map-file map.toml");
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("transpose"));
  const auto json = nlohmann::json::parse(Run("plan --json k --into t --map-file map.toml").out);
  EXPECT_EQ(json["entries"][1]["made_of"], "transpose of dense/kernel [2,3]");
  const Ran restored = Run("restore k --into t -o r --map-file map.toml");
  EXPECT_EQ(restored.status, 0) << restored.err;
  EXPECT_EQ(Floats("r", "fc.weight"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST_F(Maps, OfPairsAreForVerbsThatRename) {
  WriteText(*this / "pairs.toml", "\"dense/\" = \"fc/\"\n");
  EXPECT_EQ(Run("copy k p --map-file pairs.toml").status, 0);
  EXPECT_THAT(Names("p"), ::testing::UnorderedElementsAre("fc/bias", "fc/kernel"));
  // A pipe can be read once.
  EXPECT_EQ(Run("copy k q --map-file /dev/stdin", "cat pairs.toml | ").status, 0);
  EXPECT_THAT(Names("q"), ::testing::UnorderedElementsAre("fc/bias", "fc/kernel"));
  const Ran refused = Run("ls k --map-file pairs.toml");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("only pairs of names"));
}

TEST_F(Maps, DoNotGoTogetherWithLinksAndReceipts) {
  const Ran link = Run("copy k l --map-file map.toml --link");
  EXPECT_EQ(link.status, 6);
  EXPECT_THAT(link.err, HasSubstr("edit/cannot-link"));
  for (const char* verb : {"copy k l --receipt r.json", "verify k --receipt r.json"}) {
    const Ran receipt = Run(std::string(verb) + " --map-file map.toml");
    EXPECT_EQ(receipt.status, 2) << verb;
    EXPECT_THAT(receipt.err, HasSubstr("--receipt speaks of tensors as they are in files"));
  }
  EXPECT_TRUE(Files("l").empty());
}

TEST_F(Maps, RefuseWhatDoesNotGoTogether) {
  for (const char* flags :
       {"--layout 'keras->torch' --preset bert-tf1-to-hf", "--layer 'dense=>Dense'", "--reverse",
        "--layout 'keras->torch' --reverse", "--set heads=2", "--layer dense", "--set heads",
        "--layout 'keras->jax'"}) {
    const Ran refused = Run(std::string("ls k ") + flags);
    EXPECT_EQ(refused.status, 2) << flags << refused.err;
    EXPECT_EQ(refused.out, "") << flags;
  }
  EXPECT_EQ(Run("ls k --preset bert").status, 3);
  EXPECT_EQ(Run("ls k --preset bert-tf1-to-hf").status, 1);
  WriteText(*this / "bad.toml", "[[rule]]\nfrom = 1\n");
  EXPECT_THAT(Run("ls k --map-file bad.toml").err, HasSubstr("bad.toml"));
}

TEST_F(Maps, AskAboutLayersInTheWordsOfTheCommand) {
  testing::TinyBundle bundle;
  bundle.AddFloats("up/kernel", {1, 1, 2, 2}, {0, 1, 2, 3});
  bundle.WriteTo(*this / "square");
  const Ran refused = Run("ls square --layout 'keras->torch'");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("--layer 'up=>Conv2D'"));
  EXPECT_EQ(Run("ls square --layout 'keras->torch' --layer 'up=>Conv2D'").status, 0);
  EXPECT_EQ(Run("ls square --layout 'keras->torch' --layer '*=>Conv2DTranspose'").status, 0);
}

TEST_F(Maps, ComeAlong) {
  const Ran list = Run("presets");
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.out, HasSubstr("bert-tf1-to-hf"));
  for (const std::string& line : Lines(list.out)) EXPECT_LE(Columns(line), 130u);
  const Ran one = Run("presets bert-tf1-to-hf");
  WriteText(*this / "mine.toml", one.out);
  EXPECT_THAT(Run("ls k --map-file mine.toml").err, HasSubstr("missing"));
  EXPECT_EQ(nlohmann::json::parse(Run("presets --json").out)["presets"].size(), 8u);
  EXPECT_EQ(Run("presets nothing").status, 3);
}

}  // namespace
}  // namespace regraft::cli_test
