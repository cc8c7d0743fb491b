// Lists, trees and single entries: texts and JSON of the same.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_text.h"
#include "regraft/catalog.h"
#include "regraft/checkpoint.h"
#include "regraft/inspect.h"
#include "regraft/render.h"
#include "testing/catalogs.h"
#include "testing/checkpoint_folder.h"

namespace regraft {
namespace {

using Json = nlohmann::json;
using testing::CatalogBuilder;
using ::testing::HasSubstr;
using ::testing::Not;

// A file of three tensors, one of them with a name that is not UTF-8.
class Sample {
 public:
  Sample() {
    testing::TinyBundle bundle;
    bundle.AddFloats("bytes\xff/w", {2}, {1, 2});
    bundle.AddFloats("layer_10/w", {3}, {1, 2.5, 3});
    bundle.AddFloats("layer_2/w", {1, 2}, {1, 2});
    bundle.WriteTo(folder_ / "a\xff");
    reader_.emplace(CheckpointReader::Open(folder_ / "a\xff").value());
  }

  const CheckpointReader& reader() const { return *reader_; }
  const Entry& operator[](std::size_t i) const { return reader_->entries()[i]; }
  std::vector<const Entry*> all() const {
    std::vector<const Entry*> out;
    for (const Entry& entry : reader_->entries()) out.push_back(&entry);
    return out;
  }
  std::string crc(std::size_t i) const {
    return fmt::format("{:08x}", *reader_->StoredAt((*this)[i]).crc32c);
  }

 private:
  testing::CheckpointFolder folder_;
  std::optional<CheckpointReader> reader_;
};

TEST(SortEntries, SortsByWhatIsAskedAndThenByNames) {
  const Sample sample;
  const auto sorted = [&](ListOrder by) {
    std::vector<const Entry*> entries = sample.all();
    std::swap(entries[0], entries[1]);
    SortEntries(sample.reader(), by, entries);
    std::string names;
    for (const Entry* entry : entries) names += entry->key.substr(entry->key.find('/') - 2) + " ";
    return names;
  };
  EXPECT_EQ(sorted(ListOrder::kName), "s\xff/w _2/w 10/w ");
  EXPECT_EQ(sorted(ListOrder::kSize), "10/w s\xff/w _2/w ");
  EXPECT_EQ(sorted(ListOrder::kPlace), "s\xff/w 10/w _2/w ");
}

TEST(ListText, HasARowAnEntry) {
  const Sample sample;
  const CheckpointReader& reader = sample.reader();
  std::vector<const Entry*> entries = {&sample[1], &sample[2]};
  EXPECT_EQ(ListText(reader, entries), "layer_10/w  float32  [3]\nlayer_2/w   float32  [1,2]\n");
  EXPECT_THAT(ListText(reader, entries, {.details = true}, {.width = 120}),
              HasSubstr("@weights          12   0 @ 8   " + sample.crc(1) + "  -  -\n"));
  const Digest digest{"", "the file is too short"};
  EXPECT_THAT(ListText(reader, {entries.data(), 1}, {.digests = {&digest, 1}}, {.width = 120}),
              HasSubstr("unreadable: the file is too short"));
}

TEST(ListText, IsPureAsciiOnRequest) {
  const Sample sample;
  const std::vector<const Entry*> odd = {&sample[0]};
  EXPECT_EQ(ListText(sample.reader(), odd, {}, {.ascii = true}), "bytes\\xff/w  float32  [2]\n");
}

TEST(ListJson, SpellsNamesThatAreNotUtf8SoThatTheyCanBeReadBack) {
  const Sample sample;
  const Json root = Json::parse(ListJson(sample.reader(), sample.all()), nullptr, false);
  ASSERT_EQ(root["entries"].size(), 3u);
  EXPECT_EQ(root["schema"], "regraft.ls/1");
  EXPECT_EQ(TextFromJson(root["prefix"]), sample.reader().prefix());
  const Json& odd = root["entries"][0];
  EXPECT_EQ(TextFromJson(odd["key"]), "bytes\xff/w");
  EXPECT_EQ(TextFromJson(odd["name"]), "bytes\xff/w");
  EXPECT_EQ(odd["key_bytes"], "6279746573ff2f77");
  EXPECT_EQ(root["entries"][1]["key"], "layer_10/w");
  EXPECT_FALSE(root["entries"][1].contains("key_bytes"));
}

TEST(TreeText, FoldsAlikeLayersAndStopsWhereAsked) {
  CatalogBuilder builder(testing::Of::kNames);
  for (const char* name : {"layer_0/w", "layer_1/w", "layer_2/w"}) builder.Named(name);
  Catalog catalog = builder.Build();
  catalog.prefix = "ckpt";
  for (Entry& entry : catalog.entries) entry.name = entry.key;
  EXPECT_EQ(TreeText(catalog), R"(ckpt  3 entries, 24 B
└── layer_{0..2}  (3 alike, each 1 entry, 8 B)
    └── w  float32[2] @weights
)");
  EXPECT_THAT(TreeText(catalog, 0, {.all = true}), HasSubstr("├── layer_1  (1 entry, 8 B)\n"));
  EXPECT_THAT(TreeText(catalog, 1), Not(HasSubstr("── w")));
  EXPECT_FALSE(Json::parse(TreeJson(catalog, 1))["children"][0].contains("children"));
}

TEST(TreeJson, SpellsNamesAsListsDo) {
  const Sample sample;
  const Json root = Json::parse(TreeJson(sample.reader().catalog()), nullptr, false);
  EXPECT_EQ(TextFromJson(root["prefix"]), sample.reader().prefix());
  const Json& odd = root["children"][0];
  EXPECT_EQ(TextFromJson(odd["name"]), "bytes\xff");
  EXPECT_EQ(TextFromJson(odd["children"][0]["keys"][0]), "bytes\xff/w");
}

TensorValues Floats(std::vector<float> values) {
  TensorValues out{.spec = {DType::kFloat32, {static_cast<std::int64_t>(values.size())}}};
  out.bytes = Buffer::CopyOf(std::as_bytes(std::span(values)));
  return out;
}

TEST(ShowText, HasWhatIsKnownAndTheValues) {
  const Sample sample;
  const CheckpointReader& reader = sample.reader();
  const Entry& entry = sample[1];
  const std::string text = ShowText(reader, entry, Floats({1, 2.5, 3}));
  EXPECT_THAT(text, HasSubstr("key          layer_10/w\n"));
  EXPECT_THAT(text,
              HasSubstr("stored       12 B in shard 0 at 8, CRC-32C " + sample.crc(1) + "\n"));
  EXPECT_TRUE(text.ends_with("[1, 2.5, 3]\n")) << text;
  EXPECT_THAT(ShowText(reader, entry, Floats(std::vector<float>(kShownElements + 1))),
              HasSubstr("..."));
  EXPECT_THAT(
      ShowText(reader, entry, Floats(std::vector<float>(kShownElements + 1)), {.all = true}),
      Not(HasSubstr("...")));
  EXPECT_THAT(ShowText(reader, entry, {.spec = {DType::kVariant, {}}}, {.face = Face::kPython}),
              HasSubstr("its values cannot be shown; read_raw() writes the stored bytes\n"));
}

TEST(ShowJson, HasEveryValue) {
  const Sample sample;
  const Entry& odd = sample[0];
  const auto values = [&](const TensorValues& of) {
    return Json::parse(ShowJson(sample.reader(), odd, of), nullptr, false)["values"];
  };
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(values(Floats({0.5, infinity, -infinity})).dump(), R"([0.5,"Infinity","-Infinity"])");
  EXPECT_EQ(values({.spec = {DType::kString, {2}}, .strings = {"a", "\xff"}}).dump(),
            R"(["a",{"hex":"ff"}])");
  EXPECT_TRUE(values({.spec = {DType::kVariant, {}}}).is_null());
  const Json root = Json::parse(ShowJson(sample.reader(), odd, Floats({})), nullptr, false);
  EXPECT_EQ(TextFromJson(root["entry"]["key"]), odd.key);
}

TEST(StatisticsJson, SpellsTheKeyAsListsDo) {
  const Sample sample;
  const Statistics none{.min = std::numeric_limits<double>::quiet_NaN()};
  const Json root = Json::parse(StatisticsJson(sample[0], none), nullptr, false);
  EXPECT_EQ(TextFromJson(root["key"]), sample[0].key);
  EXPECT_EQ(root["min"], "NaN");
  EXPECT_THAT(StatisticsText(sample.reader(), sample[1], none),
              HasSubstr("elements     0\nmin          nan"));
}

}  // namespace
}  // namespace regraft
