#include "bundle/checkpoint_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "testing/prefixes.h"

namespace regraft::bundle {
namespace {

using ::testing::ElementsAre;

// Written by tf.train.CheckpointManager, max_to_keep=3.
constexpr char kManager[] =
    "model_checkpoint_path: \"ckpt-5\"\n"
    "all_model_checkpoint_paths: \"ckpt-3\"\n"
    "all_model_checkpoint_paths: \"ckpt-4\"\n"
    "all_model_checkpoint_paths: \"ckpt-5\"\n"
    "all_model_checkpoint_timestamps: 1795509339.0909948\n"
    "all_model_checkpoint_timestamps: 1795509339.093864\n"
    "all_model_checkpoint_timestamps: 1795509339.0972922\n"
    "last_preserved_timestamp: 1795509338.0823066\n";

std::string Path(std::string_view text) {
  const auto state = ParseCheckpointState(text);
  return state ? state->model_checkpoint_path : state.error().ToString();
}

std::string Slug(std::string_view text) {
  const auto state = ParseCheckpointState(text);
  return state ? "" : state.error().slug;
}

TEST(CheckpointState, ReadsWhatTheManagerWrites) {
  const auto state = ParseCheckpointState(kManager);
  ASSERT_TRUE(state) << state.error().ToString();
  EXPECT_EQ(state->model_checkpoint_path, "ckpt-5");
  EXPECT_THAT(state->all_model_checkpoint_paths, ElementsAre("ckpt-3", "ckpt-4", "ckpt-5"));
  EXPECT_THAT(state->all_model_checkpoint_timestamps,
              ElementsAre(1795509339.0909948, 1795509339.093864, 1795509339.0972922));
  EXPECT_EQ(state->last_preserved_timestamp, 1795509338.0823066);
}

TEST(CheckpointState, AcceptsWhatTensorFlowAccepts) {
  EXPECT_EQ(Path("model_checkpoint_path:'a'"), "a");
  EXPECT_EQ(Path("# comment\nmodel_checkpoint_path \n : # another\n \"a\""), "a");
  EXPECT_EQ(Path("model_checkpoint_path: \"../a/ck-1\""), "../a/ck-1");
  EXPECT_EQ(Path("model_checkpoint_path: \"a\" 'b'\n\"c\""), "abc");
  EXPECT_EQ(Path("model_checkpoint_path: \"it's\";"), "it's");
  EXPECT_EQ(Path("all_model_checkpoint_paths: ['a', \"b\"], model_checkpoint_path: 'b'"), "b");
  EXPECT_EQ(Path(""), "");
  EXPECT_THAT(ParseCheckpointState("all_model_checkpoint_paths: [ ]")->all_model_checkpoint_paths,
              ElementsAre());
}

TEST(CheckpointState, ReadsBothSpellingsOfNamesThatAreNotAscii) {
  EXPECT_EQ(Path("model_checkpoint_path: \"uml\\303\\244ut-1\""), "uml\xc3\xa4ut-1");
  EXPECT_EQ(Path("model_checkpoint_path: \"uml\xc3\xa4ut-1\""), "uml\xc3\xa4ut-1");
  EXPECT_EQ(Path("model_checkpoint_path: \"uml\\u00e4ut-1\""), "uml\xc3\xa4ut-1");
  EXPECT_EQ(Path("model_checkpoint_path: \"\\U0001F600\""), "\xf0\x9f\x98\x80");
}

TEST(CheckpointState, ReadsEscapes) {
  EXPECT_EQ(Path(R"(model_checkpoint_path: "a\"b\\c\nd\'")"), "a\"b\\c\nd'");
  EXPECT_EQ(Path(R"(model_checkpoint_path: "\x41\101\x4aZ\t\?")"), "AAJZ\t?");
  EXPECT_EQ(Path(R"(model_checkpoint_path: "\0001")"), std::string("\0"
                                                                   "1",
                                                                   2));
}

TEST(CheckpointState, ReadsNumbers) {
  const auto state = ParseCheckpointState(
      "all_model_checkpoint_timestamps: [-1.5, 1e3, 7, .5, - 2f]\nlast_preserved_timestamp: nan");
  ASSERT_TRUE(state) << state.error().ToString();
  EXPECT_THAT(state->all_model_checkpoint_timestamps, ElementsAre(-1.5, 1000, 7, .5, -2));
  EXPECT_TRUE(std::isnan(*state->last_preserved_timestamp));
}

TEST(CheckpointState, RefusesWhatTensorFlowRefuses) {
  EXPECT_EQ(Slug("garbage"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path: \"a\"\nunknown: 1"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path: 'a' model_checkpoint_path: 'b'"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path 'a'"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path: a"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path: ['a']"), "state/bad-text");
  EXPECT_EQ(Slug("model_checkpoint_path: 'a\n'"), "state/bad-text");
  EXPECT_EQ(Slug(R"(model_checkpoint_path: "\q")"), "state/bad-text");
  EXPECT_EQ(Slug(R"(model_checkpoint_path: "\400")"), "state/bad-text");
  EXPECT_EQ(Slug(R"(model_checkpoint_path: "\ud800")"), "state/bad-text");
  EXPECT_EQ(Slug("last_preserved_timestamp: '1'"), "state/bad-text");
  EXPECT_EQ(Slug("last_preserved_timestamp: 1x"), "state/bad-text");
  EXPECT_EQ(Slug("last_preserved_timestamp: 1e999"), "state/bad-text");
  EXPECT_EQ(Slug("last_preserved_timestamp: --1"), "state/bad-text");
  EXPECT_EQ(Slug("all_model_checkpoint_paths: ['a' 'b'"), "state/bad-text");
}

TEST(CheckpointState, SaysWhere) {
  const auto state = ParseCheckpointState("model_checkpoint_path: \"a\"\n  unknown: 1\n");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().offset, 29u);
  EXPECT_NE(state.error().message.find("line 2: there is no field 'unknown'"), std::string::npos);
}

TEST(FormatCheckpointState, WritesWhatTheManagerWrites) {
  EXPECT_EQ(FormatCheckpointState(*ParseCheckpointState(kManager)), kManager);
}

TEST(FormatCheckpointState, LeavesOutWhatIsEmpty) {
  CheckpointState state;
  EXPECT_EQ(FormatCheckpointState(state), "");
  state.model_checkpoint_path = "a";
  state.all_model_checkpoint_paths = {"a", ""};
  state.last_preserved_timestamp = 0;
  EXPECT_EQ(FormatCheckpointState(state),
            "model_checkpoint_path: \"a\"\n"
            "all_model_checkpoint_paths: \"a\"\n"
            "all_model_checkpoint_paths: \"\"\n");
}

// As TensorFlow 2.15.1 wrote this name; 2.21 escapes the same but leaves UTF-8 as it is.
TEST(FormatCheckpointState, EscapesAsTensorFlow) {
  CheckpointState state;
  state.model_checkpoint_path = "a'b\"c\\d\te\nf\rg\x01h\x7fi\xc3\xa4?";
  EXPECT_EQ(FormatCheckpointState(state),
            R"(model_checkpoint_path: "a\'b\"c\\d\te\nf\rg\001h\177i\303\244?")"
            "\n");
  EXPECT_EQ(ParseCheckpointState(FormatCheckpointState(state))->model_checkpoint_path,
            state.model_checkpoint_path);
}

// As both versions wrote these doubles.
TEST(FormatCheckpointState, WritesDoublesAsPythonDoes) {
  CheckpointState state;
  state.all_model_checkpoint_timestamps = {1,      1e16, 123456789012345680., 1e-5, 1e-4,
                                           0.1,    1e15, 9007199254740993.,   0.,   1e300,
                                           5e-324, -2.5, 1234567890123456.7};
  state.last_preserved_timestamp = std::numeric_limits<double>::infinity();
  std::string expected;
  for (const char* text :
       {"1.0", "1e+16", "1.2345678901234568e+17", "1e-05", "0.0001", "0.1", "1000000000000000.0",
        "9007199254740992.0", "0.0", "1e+300", "5e-324", "-2.5", "1234567890123456.8"}) {
    expected += std::string("all_model_checkpoint_timestamps: ") + text + "\n";
  }
  EXPECT_EQ(FormatCheckpointState(state), expected + "last_preserved_timestamp: inf\n");
  state = {};
  state.last_preserved_timestamp = std::nan("");
  EXPECT_EQ(FormatCheckpointState(state), "last_preserved_timestamp: nan\n");
}

TEST(CheckpointState, SurvivesEveryPrefixAndEveryByte) {
  const std::string text = std::string(kManager) + "# end\nall_model_checkpoint_paths: ['\\303']";
  const auto check = [](std::string_view changed) {
    const auto state = ParseCheckpointState(changed);
    EXPECT_LE(state ? 0 : state.error().offset, changed.size());
  };
  testing::ForEveryPrefix(text, check);
  testing::ForEveryByteFlip(text, [&](std::string_view changed, std::size_t) { check(changed); });
}

}  // namespace
}  // namespace regraft::bundle
