#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "regraft/inspect.h"

namespace regraft {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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
            "[[ 0,  1],\n [ 2,  3],\n [ 4,  5],\n ...,\n [12, 13],\n [14, 15],\n [16, 17]]");
  // "..." in place of a single element would gain nothing.
  EXPECT_EQ(Counted({3}, 2), "[0, 1, 2]");
}

TEST(TensorText, AlignsTheRowsOfWhatIsShown) {
  EXPECT_EQ(Floats({2, 2}, {1, -0.5f, 10, 2}), "[[   1, -0.5],\n [  10,    2]]");
  EXPECT_EQ(Floats({2}, {1, -0.5f}), "[1, -0.5]");
  // What is cut out is not measured.
  EXPECT_THAT(Counted({2000, 1}, 10), StartsWith("[[   0],\n [   1],\n"));
  std::vector<float> wide(9, 1);
  wide[4] = 123456;
  EXPECT_THAT(Floats({9, 1}, wide, 8), StartsWith("[[1],\n"));
}

TEST(TensorText, RatherShowsFewerEndsThanBreaksACutRow) {
  EXPECT_EQ(TensorText({DType::kInt8, {100}}, std::vector<std::byte>(100), 50, 22),
            "[0, 0, ..., 0, 0]");
  EXPECT_EQ(TensorText({DType::kInt8, {100}}, std::vector<std::byte>(100), 50, 10),
            "[0, ...,\n 0]");
}

TEST(TensorText, BreaksLongRows) {
  EXPECT_EQ(TensorText({DType::kInt8, {12}}, std::vector<std::byte>(12), 0, 16),
            "[0, 0, 0, 0, 0,\n 0, 0, 0, 0, 0,\n 0, 0]");
  EXPECT_EQ(TensorText({DType::kInt8, {2, 4}}, std::vector<std::byte>(8), 0, 10),
            "[[0, 0,\n  0, 0],\n [0, 0,\n  0, 0]]");
  // An element that is longer than a line stays whole.
  EXPECT_EQ(StringsText({2}, std::vector<std::string>{"long enough", "x"}, 0, 5),
            "[\"long enough\",\n \"x\"]");
  for (std::size_t width = 10; width < 60; ++width) {
    std::stringstream lines(TensorText({DType::kBfloat16, {3, 2, 17}},
                                       std::vector<std::byte>(204, std::byte{0x3d}), 0, width));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), std::max<std::size_t>(width, 20)) << line;
  }
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
  const std::vector<std::string> words = {"a", "q\"\\", std::string("\x1b\n\0", 3), "d\xc3\xa9",
                                          "\xff"};
  EXPECT_EQ(StringsText({5}, words), R"(["a", "q\"\\", "\x1b\x0a\x00", "dé", "\xff"])");
  EXPECT_EQ(StringsText({}, std::vector<std::string>{"one"}), "\"one\"");
  EXPECT_EQ(StringsText({0, 4}, {}), "[]");
}

TEST(StringsText, IsCutLikeNumbers) {
  const std::vector<std::string> words(9, "w");
  EXPECT_EQ(StringsText({9}, words, 8), R"(["w", "w", "w", ..., "w", "w", "w"])");
}

TEST(StringsText, CutsLongStringsAsWell) {
  const std::vector<std::string> words = {"w", std::string(201, 'x')};
  EXPECT_EQ(StringsText({2}, words, 9),
            "[\"w\", \"" + std::string(200, 'x') + "\"... of 201 bytes]");
  EXPECT_EQ(StringsText({2}, words), "[\"w\", \"" + std::string(201, 'x') + "\"]");
  // Not through the middle of a character.
  const std::vector<std::string> accent = {std::string(199, 'x') + "\xc3\xa9"};
  EXPECT_EQ(StringsText({1}, accent, 9), "[\"" + std::string(199, 'x') + "\"... of 201 bytes]");
  EXPECT_THAT(StringsText({1}, std::vector<std::string>{std::string(300, '\x80')}, 9),
              HasSubstr("... of 300 bytes"));
}

using Ranges = std::vector<SliceRange>;

TEST(ParseSlice, ReadsEveryForm) {
  const Shape shape = {4, 5};
  const std::pair<const char*, Ranges> forms[] = {
      {"0:3,:", {{0, 3}, {0, 5}}},  {"2,1:4", {{2, 1}, {1, 3}}}, {":", {{0, 4}, {0, 5}}},
      {"1:", {{1, 3}, {0, 5}}},     {":2, 3", {{0, 2}, {3, 1}}}, {"-1,-2:", {{3, 1}, {3, 2}}},
      {":-1,:", {{0, 3}, {0, 5}}},  {" 1 : , 0 ", {}},           {"2:2,0:0", {{2, 0}, {0, 0}}},
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
      {"", "slice/syntax"},
      {"x", "slice/syntax"},
      {"1:2:3", "slice/syntax"},
      {"0,,1", "slice/syntax"},
      {"3:1", "slice/syntax"},
      {"1.5", "slice/syntax"},
      {"0x2", "slice/syntax"},
      {"99999999999999999999", "slice/syntax"},
      {"0,0,0", "slice/rank"},
      {"4", "slice/out-of-range"},
      {"0:5", "slice/out-of-range"},
      {"-5", "slice/out-of-range"},
      {"-5:", "slice/out-of-range"},
      {":,0:6", "slice/out-of-range"},
      {"-9223372036854775808:9223372036854775807", "slice/out-of-range"},
      {"0:9223372036854775807", "slice/out-of-range"}};
  for (const auto& [text, slug] : wrong) {
    const auto parsed = ParseSlice(text, shape);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().slug, slug) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_THAT(ParseSlice("x", shape).error().ToString(Face::kCommand), HasSubstr("--slice 0:3,:"));
  EXPECT_EQ(ParseSlice("0", {}).error().slug, "slice/rank");
}

}  // namespace
}  // namespace regraft
