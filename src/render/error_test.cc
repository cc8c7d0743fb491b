#include "regraft/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "regraft/render.h"

namespace regraft {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

Error Sample() {
  return Error(ErrorCode::kNotFound, "select/unknown-name", "none of the 3 names is 'x'")
      .InFile("a/ckpt.index")
      .AtOffset(7)
      .With("closest", "model/x")
      .Offer({{{Option::kExclude, "**/x"}}, "leaves it out"});
}

TEST(ErrorText, SaysWhatToStringSays) {
  for (const Face face : {Face::kCpp, Face::kPython}) {
    EXPECT_EQ(ErrorText(Sample(), {.width = 200, .face = face}), Sample().ToString(face) + "\n");
  }
}

TEST(ErrorText, HasTheStatusOfTheCommand) {
  EXPECT_EQ(ErrorText(Sample(), {.width = 200, .face = Face::kCommand}),
            R"(error[select/unknown-name]: none of the 3 names is 'x'
  file      a/ckpt.index @ 7
  closest   model/x
  hint      --exclude '**/x'  leaves it out
  exit      3
)");
}

TEST(ErrorText, KeepsToTheWidthAndBreaksNothingThatIsThereToBeCopied) {
  const Error error = Error(ErrorCode::kUnmet, "a/b", "a sentence that is longer than the line")
                          .With("why", "so many words that they take two lines")
                          .With("try", "regraft ls 'a name with spaces' and more than fits")
                          .Hint("add --exclude 'a pattern with spaces' to it");
  EXPECT_EQ(ErrorText(error, {.width = 40}), R"(error[a/b]: a sentence that is longer
  than the line
  why       so many words that they take
            two lines
  try       regraft ls 'a name with spaces' and more than fits
  hint      add
            --exclude 'a pattern with spaces'
            to it
)");
}

TEST(ErrorText, IsColoredUpToTheMessage) {
  EXPECT_THAT(ErrorText(Sample(), {.color = true}),
              HasSubstr("\x1b[31merror[select/unknown-name]\x1b[0m: none"));
  EXPECT_THAT(ErrorText(Sample(), {.width = 10, .color = true}),
              HasSubstr("\x1b[31merror[select/unknown-name]\x1b[0m:\n  none"));
}

TEST(ErrorText, EscapesWhatSteersATerminal) {
  const Error error(ErrorCode::kNotFound, "a/b", "no '\x1b[2J'");
  EXPECT_THAT(ErrorText(error, {.width = 100}), HasSubstr("no '\\x1b[2J'"));
}

TEST(ErrorJson, HasEveryPart) {
  const std::string text = ErrorJson(Sample());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json root = Json::parse(text, nullptr, false);
  EXPECT_EQ(root["schema"], "regraft.error/1");
  EXPECT_EQ(root["exit"], 3);
  EXPECT_EQ(root["offset"], 7);
  EXPECT_EQ(root["details"][0]["text"], "model/x");
  EXPECT_EQ(root["hint"], "--exclude '**/x'  leaves it out");
  EXPECT_FALSE(root.contains("key"));
}

TEST(ErrorJson, SpellsBytesAsAllJsonDoes) {
  const Error error = Error(ErrorCode::kCorrupt, "a/b", "'\xff' is odd").ForKey("k\xff");
  const Json root = Json::parse(ErrorJson(error), nullptr, false);
  EXPECT_EQ(TextFromJson(root["key"]), "k\xff");
  EXPECT_EQ(TextFromJson(root["message"]), "'\xff' is odd");
  EXPECT_EQ(TextFromJson(Json::parse(NoteJson("\xff"))["message"]), "\xff");
}

TEST(CleaningText, ListsWhatGoesAndWhatStays) {
  const Cleaning cleaning{.folder = "runs",
                          .dry_run = true,
                          .removed = {{.path = "runs/old\xff", .bytes = 1000}},
                          .kept = {{.path = "runs/new", .bytes = 10}}};
  EXPECT_EQ(CleaningText(cleaning),
            R"(would remove 1 leftover (1.0 kB); 1 is younger than an hour, perhaps still in use
  - runs/old\xff    1.0 kB
  = runs/new          10 B
)");
  EXPECT_EQ(CleaningText({"runs", false, {}, {}}),
            "there are no leftovers of dead writers in runs\n");
  const Json root = Json::parse(CleaningJson(cleaning), nullptr, false);
  EXPECT_EQ(TextFromJson(root["removed"][0]["path"]), "runs/old\xff");
  EXPECT_EQ(root["dry_run"], true);
  const Json latest = Json::parse(LatestJson({"\xff/ckpt-1", ""}), nullptr, false);
  EXPECT_EQ(TextFromJson(latest["prefix"]), "\xff/ckpt-1");
}

}  // namespace
}  // namespace regraft
