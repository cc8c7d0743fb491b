#include "render/columns.h"

#include <gmock/gmock.h>

namespace regraft::render {
namespace {

using ::testing::ElementsAre;

TEST(Columns, CountsCharactersNotBytes) {
  EXPECT_EQ(Columns(""), 0u);
  EXPECT_EQ(Columns("a…\xc3\xa9"), 3u);
}

TEST(CutMiddle, KeepsWhatFits) {
  EXPECT_EQ(CutMiddle("abcdef", 6, false), "abcdef");
  EXPECT_EQ(CutMiddle("\xc3\xa9\xc3\xa9\xc3\xa9", 3, false), "\xc3\xa9\xc3\xa9\xc3\xa9");
}

TEST(CutMiddle, TakesExactlyTheRoomAndSplitsNoCharacter) {
  EXPECT_EQ(CutMiddle("abcdefgh", 5, false), "ab…gh");
  EXPECT_EQ(CutMiddle("abcdefgh", 7, true), "ab...gh");
  const std::string accents = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
  EXPECT_EQ(CutMiddle(accents, 3, false), "\xc3\xa9…\xc3\xa9");
  for (std::size_t room = 3; room < 6; ++room) {
    EXPECT_EQ(Columns(CutMiddle(accents, room, false)), room);
  }
}

TEST(Shown, EscapesControlCharacters) {
  EXPECT_EQ(Shown("a\x1b[31m\n", false), "a\\x1b[31m\\x0a");
  EXPECT_EQ(Shown("\xc3\xa9…", false), "\xc3\xa9…");
}

TEST(Shown, IsPureAsciiOnRequest) {
  EXPECT_EQ(Shown("\xc3\xa9 a · b…", true), "\\xc3\\xa9 a - b...");
}

TEST(Wrapped, BreaksAtSpacesAndLeavesLongWordsWhole) {
  EXPECT_THAT(Wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrapped("a/very/long/name fits", 8), ElementsAre("a/very/long/name", "fits"));
  EXPECT_THAT(Wrapped("", 8), ElementsAre(""));
}

}  // namespace
}  // namespace regraft::render
