// Streams and colour.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command.h"

namespace regraft::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kPlan = "plan " + Example("keras2/skip_embedding/ckpt_named_model-1") +
                          " --into " + Example("keras3/skip_embedding/ckpt_named_model-1");

bool Colored(const std::string& text) { return text.find('\x1b') != std::string::npos; }

TEST(Output, PutsNotesOnStandardError) {
  const Ran ran = Regraft("ls " + Example("keras2/skip_embedding"));
  EXPECT_THAT(ran.err, HasSubstr("note: using prefix"));
  EXPECT_THAT(ran.out, Not(HasSubstr("note:")));
  EXPECT_THAT(Regraft("ls -q " + Example("keras2/skip_embedding")).err, IsEmpty());
}

TEST(Output, FollowsTheRulesOfColour) {
  EXPECT_FALSE(Colored(Regraft(kPlan).out));  // No terminal.
  EXPECT_TRUE(Colored(Regraft(kPlan + " --color always").out));
  EXPECT_TRUE(Colored(Regraft(kPlan + " --color always", "NO_COLOR=1").out));
  EXPECT_TRUE(Colored(Regraft(kPlan, "CLICOLOR_FORCE=1").out));
  EXPECT_TRUE(Colored(Regraft(kPlan, "FORCE_COLOR=1").out));
  EXPECT_FALSE(Colored(Regraft(kPlan, "CLICOLOR_FORCE=0").out));
  EXPECT_FALSE(Colored(Regraft(kPlan, "NO_COLOR=1 CLICOLOR_FORCE=1").out));
  EXPECT_TRUE(Colored(Regraft(kPlan, "NO_COLOR= CLICOLOR_FORCE=1").out));
  EXPECT_FALSE(Colored(Regraft(kPlan + " --color never", "CLICOLOR_FORCE=1").out));
  EXPECT_TRUE(Colored(Regraft("lst", "CLICOLOR_FORCE=1").err));
}

TEST(Output, IsColouredOnATerminalUnlessAnythingSaysNo) {
  EXPECT_TRUE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=xterm").out));
  EXPECT_FALSE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=dumb").out));
  EXPECT_FALSE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=xterm CLICOLOR=0").out));
  EXPECT_TRUE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=xterm CLICOLOR=1").out));
  EXPECT_FALSE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=xterm NO_COLOR=1").out));
  EXPECT_TRUE(Colored(RegraftOnTerminal(kPlan, 80, "TERM=dumb CLICOLOR=0 FORCE_COLOR=1").out));
  EXPECT_FALSE(Colored(RegraftOnTerminal(kPlan + " --color never", 80, "TERM=xterm").out));
}

TEST(Output, KeepsToAsciiWhenAsked) {
  for (const std::string& arguments : std::vector<std::string>{
           kPlan + " --ascii",
           "tree --ascii " + Example("keras2/skip_embedding/ckpt_named_model-1")}) {
    for (const char c : Regraft(arguments).out) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
  }
}

TEST(Output, OfLatestIsOnePath) {
  EXPECT_EQ(Regraft("latest " + Example("keras2/renamed_layer")).out,
            Example("keras2/renamed_layer/ckpt_old_model-1") + "\n");
  EXPECT_EQ(Regraft("latest " + Example("keras2/renamed_layer/ckpt_old_model")).out,
            Example("keras2/renamed_layer/ckpt_old_model-1") + "\n");
}

TEST(Output, OfInfoNamesWhatIsHollow) {
  const std::string info = Regraft("info " + Example("keras3/shared_base/ckpt_model_A-1")).out;
  EXPECT_THAT(info, HasSubstr("tf2-object"));
  EXPECT_THAT(info, HasSubstr("save_counter = 1"));
  EXPECT_THAT(info, HasSubstr("hollow       model"));
}

TEST(Output, OfATreeIsCutAtItsDepth) {
  const std::string tree = "tree " + Example("keras2/skip_embedding/ckpt_named_model-1");
  EXPECT_THAT(Regraft(tree + " -d 1").out, HasSubstr("model  (5 entries, 9.4 kB)"));
  EXPECT_THAT(Regraft(tree + " -d 1").out, Not(HasSubstr("bias")));
  const auto root = nlohmann::json::parse(Regraft(tree + " --json -d 3").out);
  EXPECT_EQ(root["schema"], "regraft.tree/1");
  EXPECT_EQ(root["entries"], 7);
  const auto& model = root["children"][1];
  EXPECT_EQ(model["name"], "model");
  EXPECT_EQ(model["children"][0]["children"][0]["keys"][0],
            "model/dense_layer_1/bias/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_FALSE(nlohmann::json::parse(Regraft(tree + " --json -d 1").out)["children"][1].contains(
      "children"));
}

}  // namespace
}  // namespace regraft::cli_test
