#include "regraft/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "command.h"

namespace regraft::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kKeras2 = Example("keras2/skip_embedding/ckpt_named_model-1");
const std::string kKeras3 = Example("keras3/skip_embedding/ckpt_named_model-1");

TEST(PlanCommand, ShowsWhatARestoreWouldDo) {
  const Ran ran = Regraft("plan " + kKeras2 + " --into " + kKeras3 + " -x '**/embedding_layer/**'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("would restore 4/5 variables (1.4 k of 2.4 k parameters)"));
  EXPECT_THAT(ran.out, HasSubstr("model/dense_layer_{1,2}/_kernel"));
}

TEST(PlanCommand, WritesAPlanThatReadsBack) {
  const std::string file = TestFolder() + "/plan.json";
  const Ran ran = Regraft("plan " + kKeras2 + " --into " + kKeras3 + " --json -o " + file);
  ASSERT_EQ(ran.status, 0) << ran.err;
  std::ifstream stream(file);
  const std::string written(std::istreambuf_iterator<char>(stream), {});
  EXPECT_EQ(written, ran.out);
  const Result<Plan> plan = ParsePlan(written);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->Count(Outcome::kRestore), 5u);
  EXPECT_EQ(PlanJson(*plan), written);
}

TEST(PlanCommand, TakesAListOfTargets) {
  const std::string file = TestFolder() + "/targets.json";
  std::ofstream(file)
      << R"([{"name": "my_model/dense_layer_1/kernel", "dtype": "float32", "shape": [10, 64]},
                            {"name": "my_model/dense_layer_1/bias", "dtype": "float16", "shape": [64]}])";
  EXPECT_EQ(Regraft("plan " + kKeras2 + " --into " + file).status, 1);
  const Ran cast = Regraft("plan " + kKeras2 + " --into " + file + " --on-dtype cast");
  EXPECT_EQ(cast.status, 0) << cast.err;
  EXPECT_THAT(cast.out, HasSubstr("cast float32 => float16"));
  std::ofstream(file) << "[1]";
  EXPECT_EQ(Regraft("plan " + kKeras2 + " --into " + file).status, 2);
}

TEST(PlanCommand, SuggestsARuleThatWorksWhenItIsPasted) {
  const std::string file = TestFolder() + "/targets.json";
  std::ofstream(file) << R"([{"name": "net/first/kernel", "dtype": "float32", "shape": [10, 64]},
                            {"name": "net/first/bias", "dtype": "float32", "shape": [64]}])";
  const std::string plan = "plan " + kKeras2 + " --into " + file;
  const Ran refused = Regraft(plan);
  EXPECT_EQ(refused.status, 1);
  const std::size_t at = refused.err.find("--map ");
  ASSERT_NE(at, std::string::npos) << refused.err;
  const std::string rule = refused.err.substr(at, refused.err.find("  resolves", at) - at);
  const Ran pasted = Regraft(plan + " " + rule);
  EXPECT_EQ(pasted.status, 0) << rule << "\n" << pasted.err;
}

TEST(PlanCommand, NeedsATargetForRulesAboutTargets) {
  EXPECT_EQ(Regraft("plan " + kKeras2 + " --map 'a=>b'").status, 2);
  const Ran selection = Regraft("plan " + kKeras2 + " -c @weights");
  EXPECT_EQ(selection.status, 0);
  EXPECT_THAT(selection.out, StartsWith("would restore 5/7 variables"));
}

}  // namespace
}  // namespace regraft::cli_test
