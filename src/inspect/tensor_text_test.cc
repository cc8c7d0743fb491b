#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "regraft/inspect.h"

namespace regraft {
namespace {

using ::testing::HasSubstr;

std::string Floats(const Shape& shape, const std::vector<float>& values, std::size_t most = 0) {
  return TensorText({DType::kFloat32, shape}, std::as_bytes(std::span(values)), most);
}

// Each element its own place in row-major order.
std::string Counted(const Shape& shape, std::size_t most) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(shape.num_elements()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i);
  return TensorText({DType::kInt32, shape}, std::as_bytes(std::span(values)), most);
}

TEST(TensorText, NestsBracketsAsTheShapeDoes) {
  EXPECT_EQ(Floats({}, {1.5}), "1.5");
  EXPECT_EQ(Floats({3}, {1, 0.1f, -2}), "[1, 0.1, -2]");
  EXPECT_EQ(Counted({2, 3}, 0), "[[0, 1, 2],\n [3, 4, 5]]");
  EXPECT_EQ(Counted({2, 1, 2}, 0), "[[[0, 1]],\n [[2, 3]]]");
}

TEST(TensorText, OfNothingIsEmptyHoweverLongTheOtherAxes) {
  EXPECT_EQ(Floats({0}, {}), "[]");
  EXPECT_EQ(Floats({std::int64_t{1} << 62, 0}, {}), "[]");
}

TEST(TensorText, CutsLongAxesInTheMiddle) {
  EXPECT_EQ(Counted({20}, 19), "[0, 1, 2, ..., 17, 18, 19]");
  EXPECT_EQ(Counted({20}, 20).find("..."), std::string::npos);
  EXPECT_EQ(Counted({9, 2}, 17),
            "[[0, 1],\n [2, 3],\n [4, 5],\n ...,\n [12, 13],\n [14, 15],\n [16, 17]]");
  // "..." in place of a single element would gain nothing.
  EXPECT_EQ(Counted({3}, 2), "[0, 1, 2]");
}

TEST(TensorText, ShowsFewerEndsOfMoreAxes) {
  for (const Shape& shape : {Shape{10, 10}, Shape{10, 10, 10}, Shape{5, 5, 5, 5}}) {
    const std::string text = Counted(shape, 40);
    std::size_t shown = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto digit = [](char c) { return c >= '0' && c <= '9'; };
      shown += digit(text[i]) && !(i > 0 && digit(text[i - 1]));
    }
    EXPECT_LE(shown, 40u) << text;
    EXPECT_THAT(text, HasSubstr("..."));
    EXPECT_THAT(text, HasSubstr(std::to_string(shape.num_elements() - 1) + "]"));
  }
}

TEST(StringsText, QuotesAndEscapes) {
  const std::vector<std::string> words = {"a", "q\"\\", std::string("\x1b\n\0", 3), "d\xc3\xa9", "\xff"};
  EXPECT_EQ(StringsText({5}, words), R"(["a", "q\"\\", "\x1b\x0a\x00", "dé", "\xff"])");
  EXPECT_EQ(StringsText({}, std::vector<std::string>{"one"}), "\"one\"");
  EXPECT_EQ(StringsText({0, 4}, {}), "[]");
}

TEST(StringsText, IsCutLikeNumbers) {
  const std::vector<std::string> words(9, "w");
  EXPECT_EQ(StringsText({9}, words, 8), R"(["w", "w", "w", ..., "w", "w", "w"])");
}

using Ranges = std::vector<SliceRange>;

TEST(ParseSlice, ReadsEveryForm) {
  const Shape shape = {4, 5};
  const std::pair<const char*, Ranges> forms[] = {
      {"0:3,:", {{0, 3}, {0, 5}}},  {"2,1:4", {{2, 1}, {1, 3}}},      {":", {{0, 4}, {0, 5}}},
      {"1:", {{1, 3}, {0, 5}}},     {":2, 3", {{0, 2}, {3, 1}}},      {"-1,-2:", {{3, 1}, {3, 2}}},
      {":-1,:", {{0, 3}, {0, 5}}},  {" 1 : , 0 ", {}},                {"2:2,0:0", {{2, 0}, {0, 0}}},
      {"-4:-1,4", {{0, 3}, {4, 1}}}};
  for (const auto& [text, ranges] : forms) {
    const auto parsed = ParseSlice(text, shape);
    if (ranges.empty()) {
      EXPECT_FALSE(parsed) << text;
      continue;
    }
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().ToString();
    EXPECT_EQ(*parsed, ranges) << text;
  }
}

TEST(ParseSlice, SaysWhatIsWrong) {
  const Shape shape = {4, 5};
  const std::pair<const char*, const char*> wrong[] = {
      {"", "slice/syntax"},        {"x", "slice/syntax"},      {"1:2:3", "slice/syntax"},
      {"0,,1", "slice/syntax"},    {"3:1", "slice/syntax"},    {"1.5", "slice/syntax"},
      {"0x2", "slice/syntax"},     {"99999999999999999999", "slice/syntax"},
      {"0,0,0", "slice/rank"},     {"4", "slice/out-of-range"}, {"0:5", "slice/out-of-range"},
      {"-5", "slice/out-of-range"}, {"-5:", "slice/out-of-range"}, {":,0:6", "slice/out-of-range"},
      {"-9223372036854775808:9223372036854775807", "slice/out-of-range"},
      {"0:9223372036854775807", "slice/out-of-range"}};
  for (const auto& [text, slug] : wrong) {
    const auto parsed = ParseSlice(text, shape);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().slug, slug) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_THAT(ParseSlice("x", shape).error().ToString(), HasSubstr("--slice '0:3,:'"));
  EXPECT_EQ(ParseSlice("0", {}).error().slug, "slice/rank");
}

}  // namespace
}  // namespace regraft
