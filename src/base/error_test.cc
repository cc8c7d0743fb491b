#include "regraft/error.h"

#include <gtest/gtest.h>

#include "base/try.h"

namespace regraft {
namespace {

TEST(Error, PrintsTheTemplate) {
  const Error error = Error(ErrorCode::kUnmet, "select/missing", "1 of 2 targets has no source")
                          .InFile("a.index")
                          .AtOffset(17)
                          .With("wanted", "dense_1/kernel")
                          .Hint("look again")
                          .Offer({{{Option::kMap, "dense_1/=>dense_2/"}}, "renames a layer"});
  EXPECT_EQ(error.ToString(),
            "error[select/missing]: 1 of 2 targets has no source\n"
            "  file      a.index @ 17\n"
            "  wanted    dense_1/kernel\n"
            "  hint      look again; or .map = {{\"dense_1/\", \"dense_2/\"}}  renames a layer");
  EXPECT_EQ(ExitStatus(error.code), 1);
}

TEST(Error, KeepsTheContextOfTheInnermostLayer) {
  const Error error = Error(ErrorCode::kCorrupt, "a/b", "c")
                          .InFile("inner")
                          .AtOffset(1)
                          .InFile("outer")
                          .AtOffset(2);
  EXPECT_EQ(error.file, "inner");
  EXPECT_EQ(error.offset, 1u);
}

TEST(Error, EscapesControlCharactersOfHostileNames) {
  const Error error = Error(ErrorCode::kCorrupt, "a/b", "bad").ForKey("x\x1b]0;title\x07");
  EXPECT_EQ(error.ToString().find('\x1b'), std::string::npos);
}

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(Error(ErrorCode::kInvalidArgument, "test/odd", "odd"));
  return value / 2;
}

Result<int> Quarter(int value) {
  REGRAFT_TRY(const int half, Half(value));
  return Half(half);
}

TEST(Try, ReturnsTheErrorOrTheValue) {
  EXPECT_EQ(Quarter(12), 3);
  ASSERT_FALSE(Quarter(3));
  EXPECT_EQ(Quarter(6).error().slug, "test/odd");
}

}  // namespace
}  // namespace regraft
