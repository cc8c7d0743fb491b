#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command.h"
#include "testing/tiny_bundle.h"

namespace regraft::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// By a program that is not ours.
std::string Sha256(const std::string& bytes) {
  return Shell("sha256sum '" + WriteText(TestFolder() + "/digested", bytes) + "'")
      .out.substr(0, 64);
}

TEST(Ls, ListsInNaturalOrder) {
  testing::TinyBundle bundle;
  for (const char* name : {"layer_10/w", "layer_2/w", "layer_1/w"})
    bundle.AddFloats(name, {1}, {1});
  bundle.WriteTo(TestFolder() + "/p");
  EXPECT_EQ(Regraft("ls " + TestFolder() + "/p").out,
            "layer_1/w   float32  [1]\n"
            "layer_2/w   float32  [1]\n"
            "layer_10/w  float32  [1]\n");
}

TEST(Ls, SortsBySizeOffsetAndShape) {
  testing::TinyBundle bundle;
  bundle.AddFloats("b", {1}, {1}).AddFloats("a", {3}, {1, 2, 3});
  bundle.WriteTo(TestFolder() + "/p");
  EXPECT_EQ(Regraft("ls --sort size " + TestFolder() + "/p").out[0], 'a');
  EXPECT_EQ(Regraft("ls --sort offset " + TestFolder() + "/p").out[0], 'b');
  EXPECT_EQ(Regraft("ls --sort shape " + TestFolder() + "/p").out[0], 'b');
  const auto keys = [](const std::string& arguments) {
    return nlohmann::json::parse(
        Regraft("ls --json " + arguments + TestFolder() + "/p").out)["entries"][0]["key"];
  };
  EXPECT_EQ(keys(""), "a");
  EXPECT_EQ(keys("--sort offset "), "b");
}

TEST(Ls, GivesJsonWithDigests) {
  testing::TinyBundle bundle;
  const std::string floats = testing::BytesOf<float>({1, 2});
  bundle.AddFloats("f", {2}, {1, 2})
      .AddStrings("s", {2}, {"hi", ""})
      .AddSlice("p", DType::kInt64, {2}, {{0, 1}}, testing::BytesOf<std::int64_t>({5}))
      .AddSlice("p", DType::kInt64, {2}, {{1, 1}}, testing::BytesOf<std::int64_t>({6}))
      .AddFloats("odd\xff\"", {}, {1});
  bundle.WriteTo(TestFolder() + "/p");
  const Ran ran = Regraft("ls --json --sha256 " + TestFolder() + "/p");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto root = nlohmann::json::parse(ran.out);
  EXPECT_EQ(root["schema"], "regraft.ls/1");
  EXPECT_EQ(root["kind"], "tf1-name");
  EXPECT_EQ(root["prefix"], TestFolder() + "/p");
  ASSERT_EQ(root["entries"].size(), 4u);
  const auto &f = root["entries"][0], &odd = root["entries"][1], &p = root["entries"][2],
             &s = root["entries"][3];
  EXPECT_EQ(f["key"], "f");
  EXPECT_EQ(f["dtype"], "float32");
  EXPECT_EQ(f["shape"], nlohmann::json::array({2}));
  EXPECT_EQ(f["bytes"], 8);
  EXPECT_EQ(f["class"], "weights");
  EXPECT_EQ(f["full_name"], "f");
  EXPECT_EQ(f["sha256"], Sha256(floats));
  EXPECT_EQ(f["crc32c"].get<std::string>().size(), std::string("0x01234567").size());
  EXPECT_FALSE(f.contains("slices"));
  EXPECT_EQ(odd["key_bytes"], "6f6464ff22");
  EXPECT_EQ(odd["shape"], nlohmann::json::array());
  EXPECT_TRUE(p["crc32c"].is_null());
  EXPECT_EQ(p["slices"], 2);
  EXPECT_EQ(p["sha256"], Sha256(testing::BytesOf<std::int64_t>({5, 6})));
  EXPECT_EQ(s["sha256"], Sha256(testing::BytesOf<std::int64_t>({2}) + "hi" +
                                testing::BytesOf<std::int64_t>({0})));
}

TEST(Ls, GivesPathsAndFullNamesOfObjects) {
  const auto root = nlohmann::json::parse(
      Regraft("ls --json " + Example("keras2/skip_embedding/ckpt_named_model-1")).out);
  EXPECT_EQ(root["kind"], "tf2-object");
  const auto& bias = root["entries"][1];
  EXPECT_EQ(bias["key"], "model/dense_layer_1/bias/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(bias["paths"], nlohmann::json::array({"model/dense_layer_1/bias"}));
  EXPECT_EQ(bias["full_name"], "named_model/dense_layer_1/bias");
  EXPECT_EQ(root["entries"][0]["class"], "meta");
}

TEST(Ls, Selects) {
  const std::string model = Example("keras2/skip_embedding/ckpt_named_model-1");
  EXPECT_EQ(Lines(Regraft("ls " + model + " -i '**/kernel'").out).size(), 2u);
  EXPECT_EQ(Lines(Regraft("ls " + model + " -c @weights -x '**/embedding_layer/**'").out).size(),
            4u);
  EXPECT_EQ(Lines(Regraft("ls " + model + " --where 'rank==2 && numel>=1000'").out).size(), 1u);
  EXPECT_EQ(Lines(Regraft("ls " + model + " -X 'dense|SAVE|save|OBJECT'").out).size(), 1u);
  EXPECT_EQ(Regraft("ls " + model + " -i 'none' --allow-unused-rules").status, 3);
  const std::string list =
      WriteText(TestFolder() + "/names", "model/dense_layer_1/bias\r\n\nsave_counter\n");
  EXPECT_EQ(Lines(Regraft("ls " + model + " --names-from " + list).out).size(), 2u);
  EXPECT_EQ(Lines(Regraft("ls " + model + " --names-from - <" + list).out).size(), 2u);
  const Ran names = Regraft("ls " + model + " --names-from /dev/stdin </dev/null");
  EXPECT_EQ(names.status, 2);
  EXPECT_THAT(names.err, HasSubstr("select/empty-list"));
}

// Long names, some of them not ASCII, deep ones, and long shapes.
std::string LongNames() {
  testing::TinyBundle bundle;
  std::string deep;
  for (int i = 0; i < 6; ++i) {
    deep += "a_scope_with_a_long_name_" + std::to_string(i) + "/";
    for (const char* name : {"kernel", "bi\xc3\xa4s"})
      bundle.AddFloats(deep + name, {1, 1, 1}, {1});
  }
  bundle.AddFloats("many/axes", Shape::Make(std::vector<std::int64_t>(30, 1)).value(), {1});
  bundle.WriteTo(TestFolder() + "/long");
  return TestFolder() + "/long";
}

TEST(Ls, KeepsToTheWidthAndSoDoTrees) {
  const std::string prefix = LongNames();
  const std::string model = Example("keras3/skip_embedding/ckpt_named_model-1");
  for (const std::string columns : {"40", "80"}) {
    for (const std::string verb : {"ls ", "ls -l ", "ls --sha256 ", "ls --ascii ", "tree "}) {
      for (const std::string& source : {prefix, model}) {
        const Ran ran = Regraft(verb + source, "COLUMNS=" + columns);
        ASSERT_EQ(ran.status, 0) << ran.err;
        for (const std::string& line : Lines(ran.out)) {
          EXPECT_LE(Columns(line), std::stoul(columns)) << verb << line;
        }
      }
    }
  }
}

TEST(Ls, CutsNothingInAPipeOrIfAllIsAskedFor) {
  const std::string prefix = LongNames();
  const std::string last = "a_scope_with_a_long_name_5/kernel";
  for (const std::string verb : {"ls ", "ls -l "}) {
    EXPECT_THAT(Regraft(verb + prefix).out, HasSubstr(last));
    EXPECT_THAT(Regraft(verb + "--all " + prefix, "COLUMNS=40").out, HasSubstr(last));
  }
  EXPECT_THAT(Regraft("ls " + prefix).out, HasSubstr("a_scope_with_a_long_name_0/a_scope"));
}

TEST(Ls, HasNamesInShortAndKeysInLongLists) {
  const std::string model = Example("keras2/skip_embedding/ckpt_named_model-1");
  EXPECT_THAT(Regraft("ls " + model).out, Not(HasSubstr(".ATTRIBUTES")));
  EXPECT_THAT(Regraft("ls -l " + model).out,
              HasSubstr("model/dense_layer_1/bias/.ATTRIBUTES/VARIABLE_VALUE"));
}

TEST(Ls, EndsQuietlyWhenNobodyReads) {
  testing::TinyBundle bundle;
  for (int i = 0; i < 20000; ++i) bundle.AddFloats("layer_" + std::to_string(i), {}, {1});
  bundle.WriteTo(TestFolder() + "/p");
  const std::string status = TestFolder() + "/status";
  for (const std::string arguments : {"ls ", "ls --json ", "tree ", "plan --json ", "plan -o - "}) {
    // The file keeps the command's status, which the pipe hides.
    const Ran ran = Shell("('" REGRAFT_COMMAND "' " + arguments + TestFolder() + "/p; echo $? >" +
                          status + ") | head -1");
    EXPECT_EQ(Lines(ran.out).size(), 1u) << arguments;
    EXPECT_EQ(ran.err, "") << arguments;
    EXPECT_EQ(Shell("cat " + status).out, "0\n") << arguments;
  }
}

}  // namespace
}  // namespace regraft::cli_test
