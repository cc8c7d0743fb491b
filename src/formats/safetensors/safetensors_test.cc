// What a safetensors file may and may not say (docs/format/safetensors.md), and golden bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "formats/safetensors/header.h"
#include "io/byte_source.h"
#include "regraft/checkpoint.h"
#include "regraft/writer.h"
#include "testing/files.h"
#include "testing/simulated_disk.h"

namespace regraft::safetensors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string File(const std::string& header, const std::string& data) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(header.size() >> (8 * i));
  return out + header + data;
}

std::string SlugOf(const std::string& bytes) {
  const auto source = io::MemorySource("x.safetensors", std::as_bytes(std::span(bytes)));
  const auto header = ReadHeader(*source, 0);
  EXPECT_TRUE(header || header.error().file == "x.safetensors");
  return header ? "" : header.error().slug;
}

std::string SlugOfHeader(const std::string& header, std::size_t data = 8) {
  return SlugOf(File(header, std::string(data, 'x')));
}

// One tensor of eight bytes, with something in place of its parts.
std::string One(const std::string& shape, const std::string& offsets = "[0,8]",
                const std::string& dtype = "\"F32\"") {
  return R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST(SafetensorsHeader, TakesWhatTheLibraryTakes) {
  EXPECT_EQ(SlugOfHeader(One("[2]")), "");
  EXPECT_EQ(SlugOfHeader(" \n" + One("[2,1]") + "   "), "");
  EXPECT_EQ(
      SlugOfHeader(R"({"__metadata__":null,"w":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}})"),
      "");
  EXPECT_EQ(SlugOfHeader(
                R"({"__metadata__":{"a":"b"},"":{"dtype":"F64","shape":[],"data_offsets":[0,8]}})"),
            "");
  EXPECT_EQ(SlugOfHeader("{}", 0), "");
  EXPECT_EQ(SlugOfHeader(R"({"a":{"dtype":"I8","shape":[8],"data_offsets":[0,8]},)"
                         R"("e":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]}})"),
            "");
  EXPECT_EQ(SlugOfHeader(One("[16]", "[0,8]", "\"F4\"")), "");
}

TEST(SafetensorsHeader, RefusesWhatIsNoHeader) {
  for (const std::string& header :
       {std::string("[]"), std::string("\xEF\xBB\xBF{}"), std::string("{} {}"),
        std::string("{\"a\":1}"), std::string("{/*c*/}"), std::string("{\"w\":{},}"),
        std::string("{\"\\ud800\":{}}"), std::string("{\"w\":null}"), std::string("{}\0\0", 4)}) {
    EXPECT_EQ(SlugOfHeader(header), "safetensors/bad-header") << header;
  }
  EXPECT_EQ(SlugOf("short"), "safetensors/truncated");
  EXPECT_EQ(SlugOf(std::string("\xff\xff\0\0\0\0\0\0{}", 10)), "safetensors/truncated");
  EXPECT_EQ(SlugOf(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)),
            "safetensors/bad-header");
}

TEST(SafetensorsHeader, RefusesNumbersOfOtherKinds) {
  for (const char* shape :
       {"[2.0]", "[2e0]", "[-2]", "[-0]", "[02]", "[+2]", "[\"2\"]", "2", "[18446744073709551616]",
        "[[2]]", "{}", "[3]", "[4611686018427387904,8]"}) {
    EXPECT_EQ(SlugOfHeader(One(shape)), "safetensors/bad-header") << shape;
  }
  for (const char* dtype : {"\"f32\"", "\"F31\"", "32", "null"}) {
    EXPECT_EQ(SlugOfHeader(One("[2]", "[0,8]", dtype)), "safetensors/bad-header") << dtype;
  }
  std::string axes = "1";
  for (int i = 0; i < 64; ++i) axes += ",1";
  EXPECT_EQ(SlugOfHeader(One("[" + axes + "]", "[0,4]"), 4), "safetensors/bad-header");
}

TEST(SafetensorsHeader, RefusesFieldsTwiceMissingOrUnknown) {
  for (const char* header :
       {R"({"w":{"dtype":"F32","shape":[2]}})",
        R"({"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":"x"}})",
        R"({"w":["F32",[2],[0,8]]})", R"({"__metadata__":{"a":1}})",
        R"({"__metadata__":{"a":"1","a":"2"}})", R"({"__metadata__":{},"__metadata__":{}})"}) {
    EXPECT_EQ(SlugOfHeader(header), "safetensors/bad-header") << header;
  }
  // The library takes the last one, and nobody is told.
  EXPECT_EQ(SlugOfHeader(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                         R"("\u0061":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})"),
            "safetensors/twice");
}

TEST(SafetensorsHeader, RefusesHolesAndOverlaps) {
  EXPECT_EQ(SlugOfHeader(One("[2]", "[1,9]"), 9), "safetensors/bad-offsets");
  EXPECT_EQ(SlugOfHeader(One("[2]"), 9), "safetensors/bad-offsets");
  EXPECT_EQ(SlugOfHeader(One("[2]"), 7), "safetensors/truncated");
  EXPECT_EQ(SlugOfHeader(One("[2]", "[8,0]")), "safetensors/bad-header");
  EXPECT_EQ(SlugOfHeader(One("[2]", "[0]")), "safetensors/bad-header");
  const auto two = [](const char* first, const char* second) {
    return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(SlugOfHeader(two("[0,4]", "[4,8]")), "");
  EXPECT_EQ(SlugOfHeader(two("[4,8]", "[0,4]")), "");
  EXPECT_EQ(SlugOfHeader(two("[0,4]", "[0,4]"), 4), "safetensors/bad-offsets");
  EXPECT_EQ(SlugOfHeader(two("[0,4]", "[2,6]"), 6), "safetensors/bad-offsets");
  // An empty tensor lies between others, not in one.
  EXPECT_EQ(SlugOfHeader(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)"
                         R"("e":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})"),
            "safetensors/bad-offsets");
}

Result<std::string> Written(const std::vector<std::pair<std::string, TensorSpec>>& declared,
                            const std::map<std::string, std::string>& bytes,
                            std::map<std::string, std::string> metadata = {}) {
  testing::SimulatedDisk disk;
  auto writer = CheckpointWriter::Create(disk, "m.safetensors", {});
  writer->SetMetadata(std::move(metadata));
  const auto order = writer->Declare(declared);
  if (!order) return tl::unexpected(order.error());
  for (const std::size_t i : *order) {
    const std::string& value = bytes.at(declared[i].first);
    Status added =
        writer->Add(declared[i].first, declared[i].second, std::as_bytes(std::span(value)));
    if (!added) return tl::unexpected(added.error());
  }
  auto written = writer->Finish();
  if (!written) return tl::unexpected(written.error());
  return disk.Content().at("m.safetensors");
}

// Bytes of the library itself.
TEST(SafetensorsWriter, WritesWhatTheLibraryWrites) {
  const std::string golden = File(
      R"({"__metadata__":{"format":"tf"},"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
      R"("h":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}     )",
      std::string("\x03\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\x40\x80\x3f\0\x40", 20));
  EXPECT_EQ(golden.size(), 228u);
  EXPECT_EQ(Written({{"h", {DType::kBfloat16, Shape{2}}},
                     {"w", {DType::kFloat32, Shape{2}}},
                     {"b", {DType::kInt64, Shape{1}}}},
                    {{"b", std::string("\x03\0\0\0\0\0\0\0", 8)},
                     {"w", std::string("\0\0\x80\x3f\0\0\0\x40", 8)},
                     {"h", std::string("\x80\x3f\0\x40", 4)}},
                    {{"format", "tf"}}),
            golden);
}

TEST(SafetensorsWriter, RefusesWhatTheFormatHasNoPlaceFor) {
  const auto slug = [](const std::string& key, DType dtype) {
    const auto written = Written({{key, {dtype, Shape{}}}}, {{key, std::string(16, 'x')}});
    return written ? "" : written.error().slug;
  };
  EXPECT_EQ(slug("a", DType::kComplex128), "safetensors/dtype");
  EXPECT_EQ(slug("a", DType::kString), "safetensors/dtype");
  EXPECT_EQ(slug("__metadata__", DType::kFloat32), "safetensors/bad-name");
  EXPECT_EQ(slug("\xff", DType::kFloat32), "safetensors/bad-name");
  EXPECT_EQ(
      Written({{"a", {DType::kUint8, Shape{}}}, {"a", {DType::kUint8, Shape{}}}}, {}).error().slug,
      "safetensors/duplicate-key");
}

TEST(SafetensorsWriter, WantsWhatWasDeclaredInItsOrder) {
  testing::SimulatedDisk disk;
  auto writer = CheckpointWriter::Create(disk, "m.safetensors", {});
  const TensorSpec spec{DType::kUint8, Shape{2}};
  ASSERT_TRUE(
      writer->Declare(std::vector<std::pair<std::string, TensorSpec>>{{"a", spec}, {"b", spec}}));
  EXPECT_EQ(writer->Begin("b", spec).error().slug, "safetensors/call-order");
  EXPECT_EQ(writer->Finish().error().slug, "safetensors/call-order");  // It stays failed.
  EXPECT_TRUE(disk.Content().empty());
}

constexpr const char* kIndex =
    R"({"metadata":{"total_size":9},"weight_map":{)"
    R"("a":"m-1.safetensors","b":"m-2.safetensors","c":"m-2.safetensors"}})";

std::map<std::string, std::string> Sharded() {
  const auto one = [](const std::string& key) {
    return File(R"({")" + key + R"(":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "xy");
  };
  return {{"m.safetensors.index.json", kIndex},
          {"m-1.safetensors", one("a")},
          {"m-2.safetensors", one("b")}};
}

TEST(SafetensorsShards, AreReadTogetherAndFaultsStayWithTheirNames) {
  const testing::MemoryFiles files(Sharded());
  const auto reader = CheckpointReader::Open(files, "m.safetensors.index.json", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  std::vector<std::byte> bytes(2);
  EXPECT_TRUE(reader->Read(*reader->Find("a"), bytes));
  EXPECT_TRUE(reader->Read(*reader->Find("b"), bytes));
  EXPECT_EQ(reader->CheckStored(*reader->Find("c")).error().slug, "safetensors/not-in-shard");
  EXPECT_THAT(reader->notes(), ElementsAre(HasSubstr("9 bytes")));
}

TEST(SafetensorsShards, WithoutOneOfThemTheOthersAreRead) {
  auto content = Sharded();
  content.erase("m-2.safetensors");
  const testing::MemoryFiles files(content);
  const auto reader = CheckpointReader::Open(files, "m.safetensors.index.json", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  std::vector<std::byte> bytes(2);
  EXPECT_TRUE(reader->Read(*reader->Find("a"), bytes));
  EXPECT_EQ(reader->CheckStored(*reader->Find("b")).error().slug, "safetensors/shard-missing");
}

TEST(SafetensorsShards, AreFoundByTheirFolder) {
  const testing::MemoryFiles files({{"d/m.safetensors.index.json", kIndex},
                                    {"d/m-1.safetensors", Sharded().at("m-1.safetensors")}});
  const auto reader = CheckpointReader::Open(files, "d", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ(reader->prefix(), "d/m.safetensors.index.json");
}

TEST(SafetensorsShards, LeadToNoOtherFolder) {
  for (const char* name :
       {"../a.safetensors", "/etc/x.safetensors", "a\\\\b.safetensors", "c:x.safetensors", ""}) {
    const testing::MemoryFiles files(
        {{"m.json", std::string(R"({"weight_map":{"a":")") + name + R"(","b":"q.safetensors"}})"}});
    const auto reader = CheckpointReader::Open(files, "m.json", {});
    ASSERT_FALSE(reader) << name;
    EXPECT_EQ(reader.error().slug, "safetensors/bad-index") << name;
  }
}

}  // namespace
}  // namespace regraft::safetensors
