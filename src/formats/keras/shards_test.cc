// Weights that Keras 3 and transformers wrote into several files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/prove.h"
#include "testing/files.h"
#include "testing/golden.h"

namespace regraft::keras {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Content = std::map<std::string, std::string>;

Content Files(const std::vector<std::string>& names) {
  Content content;
  for (const std::string& name : names) {
    content["d/" + name] = testing::Golden("formats/keras/" + name);
  }
  return content;
}

Content OfKeras3() { return Files({"m.weights.json", "m_00000.weights.h5", "m_00001.weights.h5"}); }
Content OfTransformers() {
  return Files(
      {"tf_model.h5.index.json", "tf_model-00001-of-00002.h5", "tf_model-00002-of-00002.h5"});
}

Result<CheckpointReader> Open(const testing::MemoryFiles& files) {
  return CheckpointReader::Open(files, "d", {});
}

// The first number of each entry that can be read, by its full name.
std::map<std::string, float> Values(const CheckpointReader& reader) {
  std::map<std::string, float> values;
  for (const Entry& entry : reader.entries()) {
    std::vector<float> value(entry.spec.Bytes().value_or(0) / sizeof(float));
    if (!value.empty() && reader.Read(entry, std::as_writable_bytes(std::span(value)))) {
      values[entry.full_name.empty() ? entry.key : entry.full_name] = value[0];
    }
  }
  return values;
}

TEST(KerasShards, AreCalledByLayersAndVariables) {
  const testing::MemoryFiles files(OfKeras3());
  const auto reader = Open(files);
  ASSERT_TRUE(reader) << reader.error().ToString();
  const std::map<std::string, float> wanted = {
      {"dense_1/kernel", 0},  {"dense_1/bias", 10},       {"bn/gamma", 20},     {"bn/beta", 30},
      {"bn/moving_mean", 40}, {"bn/moving_variance", 50}, {"dense/kernel", 60}, {"dense/bias", 70}};
  EXPECT_EQ(Values(*reader), wanted);
}

// Two of four vectors could be any two, unless the file says which.
TEST(KerasShards, NameNoVariableByHalfOfItsLayer) {
  for (const auto& [gone, there] :
       {std::pair("d/m_00001.weights.h5", std::map<std::string, float>{{"bn/0", 20}, {"bn/1", 30}}),
        std::pair("d/m_00000.weights.h5",
                  std::map<std::string, float>{{"layers/batch_normalization/vars/2", 40},
                                               {"layers/batch_normalization/vars/3", 50}})}) {
    Content content = OfKeras3();
    content.erase(gone);
    const testing::MemoryFiles files(content);
    const auto reader = Open(files);
    ASSERT_TRUE(reader) << reader.error().ToString();
    const std::map<std::string, float> values = Values(*reader);
    for (const auto& value : there) EXPECT_THAT(values, Contains(value));
    for (const auto& [name, value] : values) EXPECT_THAT(name, Not(HasSubstr("moving"))) << value;
    const auto verified = VerifyCheckpoint(*reader);
    ASSERT_TRUE(verified);
    EXPECT_THAT(verified->failed,
                Contains(::testing::Field(&Unverified::key, "layers/batch_normalization/vars")));
  }
}

TEST(KerasShards, EachAloneNamesNothingThatItCannotKnow) {
  Content content = OfKeras3();
  const testing::MemoryFiles files(content);
  const auto reader = CheckpointReader::Open(files, "d/m_00000.weights.h5", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_THAT(Values(*reader), Contains(std::pair("bn/0", 20.0F)));
}

TEST(TransformersShards, AreCalledAsTheIndexCallsThem) {
  const testing::MemoryFiles files(OfTransformers());
  const auto reader = Open(files);
  ASSERT_TRUE(reader) << reader.error().ToString();
  const std::map<std::string, float> wanted = {{"tiny/first/kernel", 0},
                                               {"tiny/first/bias", 10},
                                               {"tiny/head/kernel", 20},
                                               {"tiny/head/bias", 30}};
  EXPECT_EQ(Values(*reader), wanted);
  ASSERT_EQ(reader->notes().size(), 1u);
  EXPECT_EQ(reader->notes()[0], "using d/tf_model.h5.index.json");
  EXPECT_EQ(reader->entries()[0].cls, EntryClass::kWeights);
}

TEST(TransformersShards, TwoNamesThatAreOneInTheirShardHaveFaults) {
  Content content = OfTransformers();
  content["d/tf_model.h5.index.json"] =
      R"({"weight_map": {"a/first/bias:0": "tf_model-00001-of-00002.h5",)"
      R"("b/first/bias:0": "tf_model-00001-of-00002.h5",)"
      R"("b/first/kernel:0": "tf_model-00001-of-00002.h5"}})";
  const testing::MemoryFiles files(content);
  const auto reader = Open(files);
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_THAT(Values(*reader), ElementsAre(std::pair("b/first/kernel", 0.0F)));
  const auto verified = VerifyCheckpoint(*reader);
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->failed.size(), 2u);
  EXPECT_EQ(verified->failed[0].error.slug, "keras/not-in-shard");
  EXPECT_THAT(verified->failed[0].error.message,
              HasSubstr("'a/first/bias:0' and 'b/first/bias:0'"));
}

TEST(ShardIndex, IsRefusedByWhatIsWrongWithIt) {
  const std::string file = "tf_model-00001-of-00002.h5";
  const std::map<std::string, std::string> wrong = {
      {R"({"weight_map": {"a/b": "X", "a/b": "tf_model-00002-of-00002.h5"}})", "'a/b' twice"},
      {R"({"weight_map": {"a/b": "X"}, "weight_map": {"a/c": "X"}})", "two maps"},
      {R"({"weight_map": {"a/b": ["X"]}})", "no text"},
      {R"({"weight_map": {"a/b": {"X": "X"}}})", "no text"},
      {R"({"weight_map": {"a/b": "../X"}, "x": "X"})", "not the bare name"},
      {R"({"weight_map": {"a/b": "c:X"}, "x": "X"})", "not the bare name"},
      {R"({"weight_map": {"a/b": 1}, "x": "X"})", "no text"},
      {R"({"weight_map": {"a/b": null}, "x": "X"})", "no text"},
      {R"({"weight_map": ["X"]})", "no weight_map"},
      {R"({"weight_map": "X"})", "no weight_map"},
      {R"({"x": {"weight_map": {"a/b": "X"}}})", "no weight_map"},
      {R"({"weight_map": {"a/b": "X"})", "no JSON"},
      {R"({"x": )" + std::string(100, '[') + R"("weight_map", "X")" + std::string(100, ']') + "}",
       "nested"}};
  for (const auto& [json, says] : wrong) {
    Content content = OfTransformers();
    std::string& index = content["d/tf_model.h5.index.json"] = json;
    for (std::size_t at = 0; (at = index.find('X', at)) != std::string::npos;) {
      index.replace(at, 1, file);
    }
    const testing::MemoryFiles files(content);
    const auto reader = Open(files);
    ASSERT_FALSE(reader) << json;
    EXPECT_EQ(reader.error().slug, "keras/bad-index") << json;
    EXPECT_THAT(reader.error().message, HasSubstr(says)) << json;
    EXPECT_EQ(reader.error().file, "d/tf_model.h5.index.json");
  }
}

// The list of layers is one of the places that have the name of the only layer.
TEST(KerasLegacy, VerifiesOnlyWithTheLayersThatItLists) {
  const std::string whole = testing::Golden("formats/keras2.h5");
  std::size_t told = 0;
  for (std::size_t at = 0; (at = whole.find("zz", at)) != std::string::npos; at += 2) {
    std::string bytes = whole;
    bytes.replace(at, 2, "zy");
    const testing::MemoryFiles files({{"d/a.h5", bytes}});
    const auto reader = Open(files);
    if (!reader) continue;
    const auto verified = VerifyCheckpoint(*reader);
    ASSERT_TRUE(verified);
    for (const Unverified& failed : verified->failed) {
      if (failed.error.slug != "keras/not-in-file" || failed.key != "zy") continue;
      ++told;
      EXPECT_EQ(verified->entries, reader->entries().size() + 1);
      EXPECT_EQ(Values(*reader).size(), 2u);
    }
  }
  EXPECT_EQ(told, 1u);
}

TEST(KerasShards, AGroupIsInSomeFile) {
  Content content = OfKeras3();
  content["d/m.weights.json"] =
      R"({"weight_map": {"/a/vars": [], "/b/vars": "m_00000.weights.h5"}})";
  const testing::MemoryFiles files(content);
  const auto reader = Open(files);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().slug, "keras/bad-index");
  EXPECT_THAT(reader.error().message, HasSubstr("'/a/vars' is in no file"));
}

}  // namespace
}  // namespace regraft::keras
