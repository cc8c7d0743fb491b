#include "formats/tfjs/tfjs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "formats/tfjs/manifest.h"
#include "formats/tfjs/reader.h"
#include "formats/tfjs/sequence.h"
#include "formats/tfjs/strings.h"
#include "regraft/checkpoint.h"
#include "testing/files.h"
#include "testing/golden.h"

namespace regraft::tfjs {
namespace {

using std::string_view_literals::operator""sv;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;

std::shared_ptr<const io::ByteSource> Source(std::string_view bytes) {
  return io::MemorySource("x", std::as_bytes(std::span(bytes)));
}

// The manifest of one group.
std::string Json(const std::string& weights, const std::string& paths = "\"a.bin\"") {
  return R"([{"paths": [)" + paths + R"(], "weights": [)" + weights + "]}]";
}
std::string Weight(const std::string& name, const std::string& more) {
  return R"({"name": ")" + name + "\", " + more + "}";
}
const std::string kFloat = Weight("w", R"("shape": [1], "dtype": "float32")");

std::string SlugOf(const std::string& json) {
  const auto manifest = ParseManifest(json);
  return manifest ? "" : manifest.error().slug;
}

struct Opened {
  explicit Opened(std::map<std::string, std::string> content)
      : files(std::move(content)), reader(CheckpointReader::Open(files, "m.json", {})) {}

  std::string SlugOf(const std::string& key) const {
    if (!reader) return reader.error().slug;
    const Entry& entry = *reader->Find(key);
    const Status stored = reader->CheckStored(entry);
    return stored ? "" : stored.error().slug;
  }

  MemoryFiles files;
  Result<CheckpointReader> reader;
};

TEST(Manifest, IsPartOfAModelOrStandsAlone) {
  EXPECT_EQ(SlugOf(Json(kFloat)), "");
  const auto model = ParseManifest(R"({"format": "graph-model", "modelTopology": {"x": [1, {}]}, )"
                                   R"("weightsManifest": )" +
                                   Json(kFloat) + "}");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->metadata.at("format"), "graph-model");
  ASSERT_EQ(model->groups.size(), 1u);
  EXPECT_THAT(model->groups[0].paths, ElementsAre("a.bin"));
  EXPECT_EQ(model->groups[0].weights[0].spec, (TensorSpec{DType::kFloat32, Shape{1}}));
}

TEST(Manifest, RefusesWhatIsNone) {
  for (const std::string& bad :
       {std::string("{}"), std::string("[1]"), std::string("[{\"paths\": [], \"weights\": [1]}]"),
        std::string("nothing"), Json(kFloat, "1"), Json(R"({"shape": [], "dtype": "bool"})"),
        Json(Weight("w", R"("dtype": "bool")")),
        Json(Weight("w", R"("shape": [-1], "dtype": "bool")")),
        Json(Weight("w", R"("shape": [2.0], "dtype": "bool")")),
        Json(Weight("w", R"("shape": [18446744073709551615], "dtype": "bool")")),
        Json(Weight("w", R"("shape": [1], "dtype": "float32", "quantization": )"
                         R"({"dtype": "uint8", "scale": "1", "min": 0})"))}) {
    EXPECT_EQ(SlugOf(bad), "tfjs/bad-manifest") << bad;
  }
  EXPECT_EQ(SlugOf(Json(Weight("w", R"("shape": [4294967296, 4294967296], "dtype": "bool")"))),
            "tensor/bad-shape");
  EXPECT_EQ(SlugOf(Json(Weight("w", R"("shape": [1], "dtype": "int64")"))), "tfjs/dtype");
  EXPECT_EQ(SlugOf(Json(Weight("w", R"("shape": [1], "dtype": "int32", "quantization": )"
                                    R"({"dtype": "float16"})"))),
            "tfjs/dtype");
  EXPECT_EQ(SlugOf(Json(kFloat + ", " + kFloat)), "tfjs/twice");
}

TEST(Manifest, RefusesPathsThatLeadElsewhere) {
  EXPECT_EQ(SlugOf(Json(kFloat, R"("sub/a.bin")")), "");
  for (const char* path : {"../a", "a/../b", "/a", "a//b", "", ".", "c:a", "a\\\\b", "a\\u0000"}) {
    EXPECT_EQ(SlugOf(Json(kFloat, '"' + std::string(path) + '"')), "tfjs/bad-manifest") << path;
  }
}

TEST(Sequence, GivesAnyRangeOfItsParts) {
  const Sequence all("all", {Source("abc"), Source(""), Source("d"), Source("ef")});
  EXPECT_EQ(all.size(), 6u);
  for (std::size_t from = 0; from <= 6; ++from) {
    for (std::size_t count = 0; from + count <= 6; ++count) {
      std::string bytes(count, '?');
      ASSERT_TRUE(all.ReadAt(from, std::as_writable_bytes(std::span(bytes))));
      EXPECT_EQ(bytes, std::string("abcdef").substr(from, count));
    }
  }
  std::string bytes(2, '?');
  EXPECT_EQ(all.ReadAt(5, std::as_writable_bytes(std::span(bytes))).error().slug, "io/past-end");
}

TEST(Strings, AreWhatTheirLengthsSay) {
  const std::string_view stored = "\2\0\0\0hi\2\0\0\0\xc3\xa9rest"sv;
  EXPECT_EQ(MeasureStrings(*Source(stored), 0, 2).value(), 12u);
  EXPECT_EQ(MeasureStrings(*Source(stored), 6, 1).value(), 6u);
  EXPECT_THAT(DecodeStrings(stored.substr(0, 12), 2).value(), ElementsAre("hi", "\xc3\xa9"));
  EXPECT_EQ(DecodeStrings(stored.substr(0, 13), 2).error().slug, "tfjs/bad-strings");
  EXPECT_EQ(DecodeStrings(stored.substr(0, 11), 2).error().slug, "tfjs/bad-strings");
  for (const std::uint64_t count : {std::uint64_t{3}, std::uint64_t{1} << 62}) {
    EXPECT_EQ(MeasureStrings(*Source(stored), 0, count).error().slug, "tfjs/bad-strings");
  }
  EXPECT_EQ(MeasureStrings(*Source("\xff\xff\xff\xff"), 0, 1).error().slug, "tfjs/bad-strings");
}

TEST(Tfjs, ReadsStringsAndQuantisedWeightsAsTheyAreStored) {
  std::map<std::string, std::string> content;
  content["m.json"] = testing::Golden("formats/tfjs/other/model.json");
  content["group1-shard1of1.bin"] = testing::Golden("formats/tfjs/other/group1-shard1of1.bin");
  const Opened opened(std::move(content));
  ASSERT_TRUE(opened.reader) << opened.reader.error().ToString();
  const CheckpointReader& reader = *opened.reader;
  EXPECT_THAT(reader.ReadStrings(*reader.Find("words")).value(), ElementsAre("hi", "\xc3\xa9"));
  std::string stored(4, '?');
  ASSERT_TRUE(reader.Read(*reader.Find("q8"), std::as_writable_bytes(std::span(stored))));
  EXPECT_EQ(stored, "\x00\x55\x80\xff"sv);
  EXPECT_EQ(reader.Find("half")->spec.dtype, DType::kFloat16);
  EXPECT_EQ(reader.metadata().at("quantization/q8"), "float32 = uint8 * 0.011764705882352941 + -1");
  ASSERT_EQ(reader.notes().size(), 1u);
  EXPECT_THAT(reader.notes()[0], HasSubstr("3 weights are quantised"));
}

TEST(Tfjs, AGroupOfAnotherSizeIsNoGroup) {
  const std::string two = Json(kFloat, R"("a.bin", "b.bin")");
  EXPECT_EQ(Opened({{"m.json", two}, {"a.bin", "12"}, {"b.bin", "34"}}).SlugOf("w"), "");
  EXPECT_EQ(Opened({{"m.json", two}, {"a.bin", "1"}, {"b.bin", "34"}}).SlugOf("w"),
            "tfjs/wrong-size");
  EXPECT_EQ(Opened({{"m.json", two}, {"a.bin", "12"}, {"b.bin", "345"}}).SlugOf("w"),
            "tfjs/wrong-size");
  EXPECT_EQ(Opened({{"m.json", Json(kFloat, "")}}).SlugOf("w"), "tfjs/wrong-size");
  const Opened missing({{"m.json", two}, {"b.bin", "34"}});
  EXPECT_EQ(missing.SlugOf("w"), "tfjs/shard-missing");
  EXPECT_EQ(missing.reader->CheckStored(missing.reader->entries()[0]).error().file, "a.bin");
}

TEST(Tfjs, AGroupThatIsWrongLeavesTheOthersAlone) {
  const Opened opened({{"m.json", R"([{"paths": ["a"], "weights": [)" + kFloat + R"(]}, )" +
                                      R"({"paths": ["b"], "weights": [)" +
                                      Weight("v", R"("shape": [1], "dtype": "int32")") + "]}]"},
                       {"a", "123"},
                       {"b", "1234"}});
  EXPECT_EQ(opened.SlugOf("w"), "tfjs/wrong-size");
  EXPECT_EQ(opened.SlugOf("v"), "");
}

TEST(Tfjs, IsToldByItsContent) {
  const std::string long_model = R"({"format": "layers-model", "modelTopology": {"x": ")" +
                                 std::string(200'000, 'x') + R"("}, "weightsManifest": []})";
  for (const std::string& json : {Json(kFloat), long_model, R"( {"weightsManifest":[]})" + Json(""),
                                  std::string(R"([ { "weights" : [)")}) {
    EXPECT_TRUE(Matches(*Source(json))) << json.substr(0, 80);
  }
  for (const char* json : {"", "{", "[", "[{", "{}", R"({"weight_map": {}})", R"([{"x": 1}])"}) {
    EXPECT_FALSE(Matches(*Source(json))) << json;
  }
}

TEST(Tfjs, IsFoundInAFolder) {
  const std::string json = Json(kFloat);
  EXPECT_EQ(InFolder(MemoryFiles({{"d/model.json", json}, {"d/x.json", json}}), "d"),
            "d/model.json");
  EXPECT_EQ(InFolder(MemoryFiles({{"d/a-weights_manifest.json", json}}), "d"),
            "d/a-weights_manifest.json");
  EXPECT_EQ(InFolder(MemoryFiles({{"d/a-weights_manifest.json", json},
                                  {"d/b-weights_manifest.json", json}}),
                     "d"),
            "");
}

}  // namespace
}  // namespace regraft::tfjs
