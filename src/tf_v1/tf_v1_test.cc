#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "testing/files.h"
#include "testing/v1_table.h"
#include "tf_v1/shards.h"
#include "tf_v1/tensor_values.h"

namespace regraft::tf_v1 {
namespace {

using std::string_view_literals::operator""sv;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::V1Table;

const std::string kOne = V1Table::Floats({1});

// The only file of a checkpoint, opened.
struct Opened {
  explicit Opened(std::map<std::string, std::string> content, const std::string& path = "m")
      : files(std::move(content)), reader(CheckpointReader::Open(files, path, {})) {}
  explicit Opened(const V1Table& table, bool snappy = false)
      : Opened({{"m", table.Finish({.snappy = snappy})}}) {}

  // The slug of opening it, or of reading the entry; "" if that works.
  std::string SlugOf(const std::string& key) const {
    if (!reader) return reader.error().slug;
    const Entry* entry = reader->Find(key);
    if (entry == nullptr) return "no entry";
    std::vector<std::byte> bytes(entry->spec.Bytes().value());
    const Status read = reader->Read(*entry, bytes);
    return read ? "" : read.error().slug;
  }
  std::vector<float> Floats(const std::string& key) const {
    const Entry* entry = reader->Find(key);
    std::vector<float> values(static_cast<std::size_t>(entry->spec.shape.num_elements()));
    const Status read = reader->Read(*entry, std::as_writable_bytes(std::span(values)));
    EXPECT_TRUE(read) << read.error().ToString();
    return values;
  }

  MemoryFiles files;
  Result<CheckpointReader> reader;
};

template <typename T>
std::vector<T> Numbers(std::string_view message, DType dtype, std::size_t count) {
  std::vector<T> out(count);
  const Status copied = CopyNumbers(message, dtype, std::as_writable_bytes(std::span(out)));
  EXPECT_TRUE(copied) << copied.error().ToString();
  return out;
}

std::string SlugOf(std::string_view message, DType dtype, std::size_t bytes) {
  std::vector<std::byte> out(bytes);
  const Status copied = CopyNumbers(message, dtype, out);
  return copied ? "" : copied.error().slug;
}

// The bytes are those that TensorFlow 2.15 and 2.21 write.
TEST(TensorValues, AreWhereTensorFlowPutsThem) {
  EXPECT_THAT(
      Numbers<std::int32_t>("\x3a\x0a\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, DType::kInt32, 1),
      ElementsAre(-5));
  EXPECT_THAT(
      Numbers<std::int8_t>("\x3a\x0a\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, DType::kInt8, 1),
      ElementsAre(-5));
  EXPECT_THAT(Numbers<std::int64_t>("\x52\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xac\x02"sv,
                                    DType::kInt64, 2),
              ElementsAre(-1, 300));
  EXPECT_THAT(Numbers<std::uint16_t>("\x6a\x05\x80\x7c\x80\x80\x03"sv, DType::kFloat16, 2),
              ElementsAre(0x3e00, 0xc000));
  EXPECT_THAT(Numbers<std::uint8_t>("\x5a\x02\x01\x00"sv, DType::kBool, 2), ElementsAre(1, 0));
  EXPECT_THAT(Numbers<float>("\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\x40"sv, DType::kComplex64, 2),
              ElementsAre(1, 2));
  EXPECT_THAT(Strings("\x42\x02hi\x42\x00\x42\x02\x00z"sv, 3).value(),
              ElementsAre("hi", "", "\0z"sv));
}

TEST(TensorValues, ComeOneByOneTooAndInSeveralParts) {
  EXPECT_THAT(Numbers<float>("\x2d\x00\x00\x80\x3f\x2a\x04\x00\x00\x00\x40"sv, DType::kFloat32, 2),
              ElementsAre(1, 2));
  EXPECT_THAT(Numbers<double>("\x31\x00\x00\x00\x00\x00\x00\xf0\x3f"sv, DType::kFloat64, 1),
              ElementsAre(1));
  EXPECT_THAT(Numbers<std::int64_t>("\x50\x07\x52\x01\x08"sv, DType::kInt64, 2), ElementsAre(7, 8));
}

TEST(TensorValues, OfAnotherNumberAreRefused) {
  EXPECT_EQ(SlugOf(kOne, DType::kFloat32, 8), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf(V1Table::Floats({1, 2}), DType::kFloat32, 4), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf("\x2a\x03\x00\x00\x80"sv, DType::kFloat32, 4), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf("\x52\x01\x80"sv, DType::kInt64, 8), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf("\x28\x01"sv, DType::kFloat32, 4), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf("", DType::kFloat32, 4), "tf-v1/bad-value");
  EXPECT_EQ(SlugOf("", DType::kFloat32, 0), "");
  EXPECT_FALSE(Strings("\x42\x02hi"sv, 2));
  EXPECT_FALSE(Strings("\x42\x02hi"sv, 0));
}

TEST(ShardName, IsWhatTensorFlowMakesOfNumbers) {
  const auto name = ParseShardName("a-b/m.ckpt-3-00001-of-00003");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->stem, "a-b/m.ckpt-3");
  EXPECT_EQ(name->number, 1u);
  EXPECT_EQ(name->count, 3u);
  for (const char* other :
       {"m", "m-00001", "m-of-00003", "m-1-of-3", "m-00003-of-00003", "m-000001-of-00003",
        "-00000-of-00001", "m-00000-of-00000", "m-00000-of-99999999", "m-0000x-of-00003"}) {
    EXPECT_FALSE(ParseShardName(other)) << other;
  }
}

TEST(TfV1, ReadsCompressedTables) {
  V1Table table;
  table.Add("w", DType::kFloat32, {300}, V1Table::Floats(std::vector<float>(300, 2)));
  const Opened opened(table, /*snappy=*/true);
  ASSERT_TRUE(opened.reader) << opened.reader.error().ToString();
  EXPECT_EQ(KindName(opened.reader->catalog()), "tf-v1");
  EXPECT_EQ(opened.Floats("w"), std::vector<float>(300, 2));
}

TEST(TfV1, JoinsTheSlicesOfAllShards) {
  V1Table first, second;
  first.Add("p", DType::kFloat32, {3}, {{{{0, 1}}, kOne}});
  second.Add("p", DType::kFloat32, {3}, {{{{1, 2}}, V1Table::Floats({2, 3})}});
  const Opened opened(
      {{"m-00000-of-00002", first.Finish()}, {"m-00001-of-00002", second.Finish()}});
  ASSERT_TRUE(opened.reader) << opened.reader.error().ToString();
  EXPECT_THAT(opened.Floats("p"), ElementsAre(1, 2, 3));
}

TEST(TfV1, KnowsSlicesThatDoNotMakeUpTheWhole) {
  const auto slug = [](const std::vector<std::pair<wire::TensorSlice, std::string>>& slices) {
    return Opened(V1Table().Add("p", DType::kFloat32, {2}, slices)).SlugOf("p");
  };
  EXPECT_EQ(slug({{{{0, 1}}, kOne}, {{{1, 1}}, kOne}}), "");
  EXPECT_EQ(slug({{{{0, 1}}, kOne}}), "bundle/slices-missing");
  EXPECT_EQ(slug({}), "bundle/slices-missing");
  EXPECT_EQ(slug({{{{0, 1}}, kOne}, {{{0, -1}}, V1Table::Floats({1, 2})}}),
            "bundle/slices-overlap");
  EXPECT_EQ(slug({{{{1, 2}}, kOne}}), "bundle/bad-slice");
}

TEST(TfV1, ATensorTwiceIsAFaultOfItsOwn) {
  V1Table table;
  table.Add("s", DType::kFloat32, {}, kOne).Add("w", DType::kFloat32, {1}, kOne);
  V1Table other;
  other.Add("s", DType::kFloat32, {}, kOne).Add("w", DType::kInt32, {1}, kOne);
  const Opened opened({{"m-00000-of-00002", table.Finish()}, {"m-00001-of-00002", other.Finish()}});
  EXPECT_EQ(opened.SlugOf("s"), "bundle/slices-overlap");
  EXPECT_EQ(opened.SlugOf("w"), "tf-v1/bad-tensor");
}

TEST(TfV1, AMissingShardIsNamed) {
  V1Table table;
  table.Add("w", DType::kFloat32, {1}, kOne);
  const Opened opened({{"m-00000-of-00002", table.Finish()}});
  ASSERT_FALSE(opened.reader);
  EXPECT_EQ(opened.reader.error().slug, "tf-v1/shard-missing");
  EXPECT_EQ(opened.reader.error().file, "m-00001-of-00002");
}

TEST(TfV1, ShardsOfTwoCheckpointsAreNotMixed) {
  V1Table table;
  table.Add("w", DType::kFloat32, {1}, kOne);
  const std::map<std::string, std::string> both = {
      {"m-00000-of-00001", table.Finish()},
      {"m-00000-of-00002", table.Finish()},
      {"m-00001-of-00002", V1Table().Add("v", DType::kFloat32, {1}, kOne).Finish()}};
  EXPECT_EQ(Opened(both).SlugOf("w"), "tf-v1/two-sets");
  EXPECT_EQ(Opened(both, "m-00000-of-00001").SlugOf("w"), "");
  EXPECT_EQ(Opened(both, "m-00001-of-00002").SlugOf("w"), "");
}

TEST(TfV1, WhatIsWrongWithATensorIsItsFault) {
  V1Table table;
  table.Add("a", DType::kFloat32, {1}, kOne)
      .Add("b", DType::kFloat32, {2}, kOne)
      .Add("c", DType::kVariant, {1}, kOne)
      .Add("d", DType::kFloat32, {1}, kOne)
      .Add("e", DType::kFloat32, {1}, kOne)
      .Add("f", DType::kFloat32, {1 << 30}, kOne)
      .Add("g", DType::kString, {2}, "\x42\x02hi"sv);
  table.values().erase(bundle::EncodeSliceKey("d", {{0, -1}}));
  table.values()[bundle::EncodeSliceKey("e", {{0, -1}})] = "\xff";
  const Opened opened(table);
  EXPECT_EQ(opened.SlugOf("a"), "");
  EXPECT_EQ(opened.SlugOf("b"), "tf-v1/bad-value");
  EXPECT_EQ(opened.SlugOf("c"), "tf-v1/opaque-dtype");
  EXPECT_EQ(opened.SlugOf("d"), "tf-v1/bad-value");
  EXPECT_EQ(opened.SlugOf("e"), "tf-v1/bad-value");
  // Known before anybody allocates four gigabytes.
  EXPECT_EQ(opened.reader->CheckStored(*opened.reader->Find("f")).error().slug, "tf-v1/bad-value");
  EXPECT_EQ(opened.reader->ReadStrings(*opened.reader->Find("g")).error().slug, "tf-v1/bad-value");
}

TEST(TfV1, RefusesTablesThatAreNoCheckpoint) {
  EXPECT_EQ(Opened(V1Table().Version(1, 2)).SlugOf(""), "bundle/version");
  V1Table sound;
  sound.Version(1, 0);
  EXPECT_TRUE(Opened(sound).reader);
  table::TableBuilder bad;
  bad.Add("", "\x0a\xff\xff");
  EXPECT_EQ(Opened({{"m", std::move(bad).Finish()}}).SlugOf(""), "tf-v1/bad-meta");
}

TEST(TfV1, OpensWithoutReadingValues) {
  V1Table table;
  const std::vector<float> large(1 << 18, 3);
  table.Add("a", DType::kFloat32, {1 << 18}, V1Table::Floats(large))
      .Add("b", DType::kFloat32, {1 << 18}, V1Table::Floats(large));
  const MemoryFiles memory({{"m", table.Finish()}});
  const testing::CountingFiles files(memory);
  const auto reader = CheckpointReader::Open(files, "m", {});
  ASSERT_TRUE(reader);
  EXPECT_LT(files.bytes_read(), 1000u);
  std::vector<float> values(large.size());
  ASSERT_TRUE(reader->Read(*reader->Find("b"), std::as_writable_bytes(std::span(values))));
  EXPECT_EQ(values, large);
  EXPECT_LT(files.bytes_read(), sizeof(float) * large.size() + 2000);
}

}  // namespace
}  // namespace regraft::tf_v1
