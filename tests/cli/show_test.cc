#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_THAT(Regraft("show " + Sample() + "w").out, EndsWith("[[1, 2, 3],\n [4, 5, 6.5]]\n"));
  EXPECT_THAT(Regraft("show " + Sample() + "s").out, EndsWith("[\"a\\\"b\", \"\\x1b\"]\n"));
}

TEST(Show, CutsLargeTensorsUnlessAskedNotTo) {
  const Ran cut = Regraft("show " + Sample() + "many");
  EXPECT_THAT(cut.out, EndsWith("[0, 1, 2, ..., 997, 998, 999]\n"));
  EXPECT_THAT(cut.err, HasSubstr("--all"));
  EXPECT_THAT(Regraft("show --all " + Sample() + "many").out, HasSubstr("500, 501, 502"));
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

TEST(Show, WritesNpyAndRawBytes) {
  const std::string npy = Regraft("show " + Sample() + "w --npy -").out;
  EXPECT_THAT(npy, StartsWith("\x93NUMPY"));
  EXPECT_THAT(npy, EndsWith(testing::BytesOf<float>({1, 2, 3, 4, 5, 6.5})));
  EXPECT_EQ(Regraft("show " + Sample() + "w --raw").out, testing::BytesOf<float>({1, 2, 3, 4, 5, 6.5}));
  EXPECT_EQ(Regraft("show " + Sample() + "s --npy -").status, 6);
}

TEST(Show, SaysWhyAnEntryHasItsClass) {
  const std::string counter = Regraft("show " + Example("keras2/skip_embedding/ckpt_named_model-1") + " save_counter").out;
  EXPECT_THAT(counter, HasSubstr("@meta: "));
}

}  // namespace
}  // namespace regraft::cli_test
