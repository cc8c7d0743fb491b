#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "command.h"
#include "testing/tiny_bundle.h"

namespace regraft::cli_test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Sample() {
  testing::TinyBundle bundle;
  bundle.AddFloats("w", {2, 3}, {1, 2, 3, 4, 5, 6.5}).AddStrings("s", {2}, {"a\"b", "\x1b"});
  std::vector<float> many(1000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  bundle.AddFloats("many", {1000}, many);
  bundle.WriteTo(TestFolder() + "/p");
  return TestFolder() + "/p ";
}

TEST(Show, PrintsEveryValue) {
  EXPECT_THAT(Regraft("show " + Sample() + "w").out,
              EndsWith("[[  1,   2,   3],\n [  4,   5, 6.5]]\n"));
  EXPECT_THAT(Regraft("show " + Sample() + "s").out, EndsWith("[\"a\\\"b\", \"\\x1b\"]\n"));
}

TEST(Show, CutsLargeTensorsUnlessAskedNotTo) {
  const Ran cut = Regraft("show " + Sample() + "many");
  EXPECT_THAT(cut.out, EndsWith("[0, 1, 2, ..., 997, 998, 999]\n"));
  EXPECT_THAT(cut.err, HasSubstr("--all"));
  EXPECT_THAT(Regraft("show --all " + Sample() + "many").out, HasSubstr(" 500,"));
}

TEST(Show, Slices) {
  EXPECT_THAT(Regraft("show " + Sample() + "w --slice '1,:2'").out, EndsWith("[[4, 5]]\n"));
  EXPECT_THAT(Regraft("show " + Sample() + "many --slice 998:").out, EndsWith("[998, 999]\n"));
  EXPECT_EQ(Regraft("show " + Sample() + "w --slice 5").status, 2);
  EXPECT_EQ(Regraft("show " + Sample() + "w --slice 0:1,0:1,0:1").status, 2);
  EXPECT_EQ(Regraft("show " + Sample() + "w --slice x").status, 2);
}

TEST(Show, GivesStatistics) {
  const auto stats = nlohmann::json::parse(Regraft("show " + Sample() + "many --stats --json").out);
  EXPECT_EQ(stats["elements"], 1000);
  EXPECT_EQ(stats["max"], 999.0);
  EXPECT_EQ(stats["mean"], 499.5);
  EXPECT_THAT(Regraft("show " + Sample() + "w --stats").out, HasSubstr("max          6.5"));
}

TEST(Show, GivesJson) {
  testing::TinyBundle bundle;
  bundle.AddFloats("f", {2, 2}, {0.1f, -INFINITY, NAN, 3})
      .AddStrings("s", {2}, {"a\"", "\xff"})
      .Add("c", DType::kComplex64, {}, testing::BytesOf<float>({1, -2}))
      .Add("b", DType::kBool, {2}, testing::BytesOf<char>({0, 1}))
      .Add("u", DType::kUint64, {1}, testing::BytesOf<std::uint64_t>({~std::uint64_t{0}}))
      .AddVariants("v", {}, {"x"});
  bundle.WriteTo(TestFolder() + "/p");
  const auto show = [](const std::string& arguments) {
    return nlohmann::json::parse(Regraft("show --json " + TestFolder() + "/p " + arguments).out);
  };
  const auto f = show("f");
  EXPECT_EQ(f["schema"], "regraft.show/1");
  EXPECT_EQ(f["entry"]["key"], "f");
  EXPECT_EQ(f["shape"], nlohmann::json::array({2, 2}));
  EXPECT_EQ(f["values"], nlohmann::json::parse(R"([0.1, "-Infinity", "NaN", 3])"));
  EXPECT_EQ(show("f --slice 0:1")["shape"], nlohmann::json::array({1, 2}));
  EXPECT_EQ(show("s")["values"], nlohmann::json::parse(R"(["a\"", {"hex": "ff"}])"));
  EXPECT_EQ(show("c")["values"], nlohmann::json::parse(R"(["1-2j"])"));
  EXPECT_EQ(show("b")["values"], nlohmann::json::parse("[false, true]"));
  EXPECT_EQ(show("u")["values"][0], ~std::uint64_t{0});
  EXPECT_EQ(Regraft("show --json " + TestFolder() + "/p v").status, 6);
}

TEST(Show, WritesNpyAndRawBytes) {
  const std::string npy = Regraft("show " + Sample() + "w --npy -").out;
  EXPECT_THAT(npy, StartsWith("\x93NUMPY"));
  EXPECT_THAT(npy, EndsWith(testing::BytesOf<float>({1, 2, 3, 4, 5, 6.5})));
  EXPECT_EQ(Regraft("show " + Sample() + "w --raw").out,
            testing::BytesOf<float>({1, 2, 3, 4, 5, 6.5}));
  EXPECT_EQ(Regraft("show " + Sample() + "s --npy -").status, 6);
}

TEST(Show, SaysWhyAnEntryHasItsClass) {
  const std::string counter =
      Regraft("show " + Example("keras2/skip_embedding/ckpt_named_model-1") + " save_counter").out;
  EXPECT_THAT(counter, HasSubstr("@meta: "));
}

}  // namespace
}  // namespace regraft::cli_test
