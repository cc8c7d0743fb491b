#include "bundle/bundle_writer.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/test_golden.h"
#include "bundle/test_writing.h"
#include "digest/crc32c.h"

namespace regraft::bundle {
namespace {

using std::string_literals::operator""s;
using testing::BytesOf;

TEST(BundleWriter, WritesThePlainGolden) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  const std::string b = BytesOf<std::int32_t>({1, 2, 3});
  EXPECT_EQ(Text(writer.Add("b", {DType::kInt32, {3}}, Bytes(b))), "");
  EXPECT_EQ(Text(writer.Add("a", {DType::kFloat32, {}}, Bytes(BytesOf<float>({1.5f})))), "");
  EXPECT_EQ(Text(writer.AddStrings("s", {2}, std::vector<std::string>{"hi", ""})), "");
  EXPECT_EQ(Text(writer.Add("z", {DType::kInt64, {0, 2}}, {})), "");
  EXPECT_EQ(writer.shard_bytes(), 24u);
  EXPECT_EQ(Text(writer.Finish()), "");
  EXPECT_EQ(disk.Content(),
            (Files{{"p.index", Hex(kPlainIndex)}, {"p.data-00000-of-00001", Hex(kPlainData)}}));
  ASSERT_EQ(writer.tensors().size(), 4u);
  EXPECT_EQ(writer.tensors()[1].key, "b");
  EXPECT_EQ(writer.num_shards(), 1);
  EXPECT_EQ(writer.data_bytes(), 24u);
}

TEST(BundleWriter, WritesTheSlicedGolden) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  const TensorSpec spec{DType::kFloat32, {4, 2}};
  const std::vector<SliceRange> first{{0, 2}, {0, 2}}, second{{2, -1}, {0, 2}};
  EXPECT_EQ(Text(writer.AddSlice("p", spec, first, Bytes(BytesOf<float>({0, 1, 2, 3})))), "");
  EXPECT_EQ(Text(writer.AddSlice("p", spec, second, Bytes(BytesOf<float>({4, 5, 6, 7})))), "");
  EXPECT_EQ(Text(writer.Finish()), "");
  EXPECT_EQ(disk.Content(),
            (Files{{"p.index", Hex(kSlicedIndex)},
                   {"p.data-00000-of-00001", BytesOf<float>({0, 1, 2, 3, 4, 5, 6, 7})}}));
}

TEST(BundleWriter, WritesTheObjectGolden) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  const auto add = [&](std::string_view path, TensorSpec spec, const std::string& bytes) {
    EXPECT_EQ(Text(writer.Add(testing::ValueKey(path), spec, Bytes(bytes))), "");
  };
  add("save_counter", {DType::kInt64, {}}, BytesOf<std::int64_t>({1}));
  add("model/kernel", {DType::kFloat32, {2, 1}}, BytesOf<float>({1, 2}));
  add("model/bias", {DType::kFloat32, {1}}, BytesOf<float>({0.5f}));
  EXPECT_EQ(Text(writer.AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {},
                                   std::vector<std::string>{Hex(kObjectGraph)})),
            "");
  EXPECT_EQ(Text(writer.Finish()), "");
  EXPECT_EQ(disk.Content(),
            (Files{{"p.index", Hex(kObjectIndex)}, {"p.data-00000-of-00001", Hex(kObjectData)}}));
}

TEST(BundleWriter, LeavesNothingBehindWhenDropped) {
  testing::SimulatedDisk disk;
  {
    BundleWriter writer = Make(disk);
    EXPECT_EQ(Text(writer.Add("a", {DType::kFloat32, {}}, Bytes(BytesOf<float>({1.5f})))), "");
    EXPECT_EQ(Text(writer.StartShard()), "");
    EXPECT_EQ(disk.Content().size(), 2u);
  }
  EXPECT_EQ(disk.Content(), Files());
}

TEST(BundleWriter, RefusesASecondTensorOfOneKey) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  const TensorSpec spec{DType::kFloat32, {}};
  EXPECT_EQ(Text(writer.Add("a", spec, Bytes(BytesOf<float>({1})))), "");
  EXPECT_EQ(Slug(writer.Add("a", spec, Bytes(BytesOf<float>({2})))), "bundle/duplicate-key");
  EXPECT_EQ(disk.Content(), Files());
  // It stays so.
  EXPECT_EQ(Slug(writer.Add("b", spec, Bytes(BytesOf<float>({2})))), "bundle/duplicate-key");
  EXPECT_EQ(Slug(writer.Finish()), "bundle/duplicate-key");
}

TEST(BundleWriter, WritesEveryTypeAsTensorFlowDoes) {
  for (const StoredTensor& stored : kStoredTensors) {
    SCOPED_TRACE(stored.what);
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    if (stored.spec.dtype == DType::kString) {
      const std::vector<std::string> values(
          static_cast<std::size_t>(stored.spec.shape.num_elements()), "abc");
      EXPECT_EQ(Text(writer.AddStrings("t", stored.spec.shape, values)), "");
    } else {
      EXPECT_EQ(Text(writer.Add("t", stored.spec, Bytes(Hex(stored.data)))), "");
    }
    EXPECT_EQ(Text(writer.Finish()), "");
    testing::TinyBundle expected;
    expected.PutRaw("t", Hex(stored.entry));
    EXPECT_EQ(disk.Content().at(kIndex), expected.Files("p").at(kIndex));
    EXPECT_EQ(disk.Content().at(kData), Hex(stored.data));
  }
}

TEST(BundleWriter, WritesWhatItIsGivenInParts) {
  for (int number = 1; number <= 33; ++number) {
    const auto dtype = static_cast<DType>(number);
    if (KindOf(dtype) != DTypeKind::kNumeric) continue;
    SCOPED_TRACE(DTypeName(dtype));
    std::string bytes(3 * ElementBytes(dtype), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 37 + 1);
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    EXPECT_EQ(Text(writer.Begin("t", {dtype, {3}})), "");
    for (const char& byte : bytes) EXPECT_EQ(Text(writer.Append(Bytes({&byte, 1}))), "");
    EXPECT_EQ(Text(writer.End(digest::Crc32c(Bytes(bytes)))), "");
    EXPECT_EQ(Text(writer.Finish()), "");
    testing::TinyBundle expected;
    expected.Add("t", dtype, {3}, bytes);
    EXPECT_EQ(disk.Content(), expected.Files("p"));
  }
}

TEST(BundleWriter, WritesAnEmptyDataFileForNoTensors) {
  testing::SimulatedDisk disk;
  EXPECT_EQ(Text(Make(disk).Finish()), "");
  EXPECT_EQ(disk.Content(), testing::TinyBundle().Files("p"));
  EXPECT_EQ(disk.Content().at(kData), "");
}

TEST(BundleWriter, HashesLongStringsAsTensorFlowDoes) {
  const std::vector<std::string> values{std::string(200, 'x'), "", "a\0b"s};
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  EXPECT_EQ(Text(writer.AddStrings("s", {3, 1}, values)), "");
  EXPECT_EQ(Text(writer.Finish()), "");
  testing::TinyBundle expected;
  expected.AddStrings("s", {3, 1}, values);
  EXPECT_EQ(disk.Content(), expected.Files("p"));
}

TEST(BundleWriter, SpellsExtentsAsTheyAreGiven) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  const TensorSpec spec{DType::kInt32, {4, 1}};
  const std::string half = BytesOf<std::int32_t>({1, 2}), all = BytesOf<std::int32_t>({1, 2, 3, 4});
  const std::vector<SliceRange> full{{0, 2}, {0, -1}}, said{{2, -1}, {0, 1}};
  const std::vector<SliceRange> whole{{0, -1}, {0, 1}};
  EXPECT_EQ(Text(writer.AddSlice("p", spec, full, Bytes(half))), "");
  EXPECT_EQ(Text(writer.AddSlice("p", spec, said, Bytes(half))), "");
  EXPECT_EQ(Text(writer.AddSlice("whole", spec, whole, Bytes(all))), "");
  EXPECT_EQ(Text(writer.AddSlice("scalar", kScalar, {}, Bytes(BytesOf<float>({1})))), "");
  EXPECT_EQ(Text(writer.Finish()), "");
  testing::TinyBundle expected;
  expected.AddSlice("p", DType::kInt32, {4, 1}, {{0, 2}, {0, -1}}, half)
      .AddSlice("p", DType::kInt32, {4, 1}, {{2, 2}, {0, 1}}, half)
      .Add("whole", DType::kInt32, {4, 1}, all)
      .AddFloats("scalar", {}, {1});
  EXPECT_EQ(disk.Content(), expected.Files("p"));
}

TEST(BundleWriter, RefusesSlicesThatDoNotFit) {
  const TensorSpec spec{DType::kUint8, {4, 2}};
  const auto slug = [&](const TensorSpec& other, const std::vector<SliceRange>& ranges,
                        std::string_view bytes) {
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    const std::vector<SliceRange> first{{0, 1}, {0, 2}};
    EXPECT_EQ(Text(writer.AddSlice("p", spec, first, Bytes("ab"))), "");
    const Status added = writer.AddSlice("p", other, ranges, Bytes(bytes));
    EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(disk.Content(), Files());
    return Slug(added);
  };
  EXPECT_EQ(slug(spec, {{3, 2}, {0, 1}}, "ab"), "bundle/bad-slice");
  EXPECT_EQ(slug(spec, {{-1, 1}, {0, 1}}, "a"), "bundle/bad-slice");
  EXPECT_EQ(slug(spec, {{1, 0}, {0, 1}}, ""), "bundle/bad-slice");
  EXPECT_EQ(slug(spec, {{1, 1}}, "a"), "bundle/bad-slice");
  EXPECT_EQ(slug({DType::kInt8, {4, 2}}, {{1, 1}, {0, 1}}, "a"), "bundle/bad-slice");
  EXPECT_EQ(slug({DType::kUint8, {5, 2}}, {{1, 1}, {0, 1}}, "a"), "bundle/bad-slice");
  EXPECT_EQ(slug(spec, {{1, 1}, {0, 2}}, "a"), "bundle/wrong-size");
  EXPECT_EQ(slug(spec, {{0, 1}, {0, 2}}, "ab"), "bundle/duplicate-key");
  EXPECT_EQ(slug(spec, {{0, 4}, {0, 2}}, "abcdefgh"), "bundle/duplicate-key");
}

TEST(BundleWriter, RefusesSlicesThatDoNotTileTheirTensor) {
  const auto slug = [](std::int64_t start, std::string_view bytes) {
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    const TensorSpec spec{DType::kUint8, {3}};
    const auto length = static_cast<std::int64_t>(bytes.size());
    EXPECT_EQ(Text(writer.AddSlice("p", spec, std::vector<SliceRange>{{0, 2}}, Bytes("ab"))), "");
    EXPECT_EQ(
        Text(writer.AddSlice("p", spec, std::vector<SliceRange>{{start, length}}, Bytes(bytes))),
        "");
    const Status finished = writer.Finish();
    EXPECT_EQ(finished.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(finished.error().key, "p");
    EXPECT_EQ(disk.Content(), Files());
    return Slug(finished);
  };
  EXPECT_EQ(slug(1, "b"), "bundle/slices-overlap");
  EXPECT_EQ(slug(1, "bc"), "bundle/slices-overlap");
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk);
  EXPECT_EQ(Text(writer.AddSlice("p", {DType::kUint8, {3}}, std::vector<SliceRange>{{0, 2}},
                                 Bytes("ab"))),
            "");
  EXPECT_EQ(Slug(writer.Finish()), "bundle/slices-missing");
}

TEST(BundleWriter, AlignsEveryTensor) {
  testing::SimulatedDisk disk;
  BundleWriter writer = Make(disk, {.data_alignment = 8});
  EXPECT_EQ(Text(writer.Add("a", {DType::kUint8, {3}}, Bytes("abc"))), "");
  EXPECT_EQ(writer.shard_bytes(), 8u);
  EXPECT_EQ(Text(writer.Add("b", {DType::kUint8, {8}}, Bytes("bbbbbbbb"))), "");
  EXPECT_EQ(Text(writer.Add("c", {DType::kUint8, {1}}, Bytes("c"))), "");
  EXPECT_EQ(Text(writer.Finish()), "");
  EXPECT_EQ(disk.Content().at(kData), "abc\0\0\0\0\0bbbbbbbbc\0\0\0\0\0\0\0"s);
  EXPECT_EQ(Find(*Open(disk), "c").pieces.at(0).where.offset, 16u);

  // Copied from there, with and without the gaps.
  for (const std::uint64_t alignment : {1, 8}) {
    const auto from_opened = Open(disk);
    const BundleReader& from = *from_opened;
    testing::SimulatedDisk other;
    BundleWriter copy = Make(other, {.data_alignment = alignment});
    for (const archive::StoredTensor& tensor : from.tensors()) {
      EXPECT_EQ(Text(copy.AddStored(tensor.key, from, tensor, true)), "");
    }
    EXPECT_EQ(Text(copy.Finish()), "");
    EXPECT_EQ(other.Content() == disk.Content(), alignment == 8);
    EXPECT_EQ(Open(other)->ReadRaw(Find(*Open(other), "c"), true), "c");
  }
}

TEST(BundleWriter, RefusesWrongSizes) {
  const auto slug = [](auto write) {
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    const std::string out = Slug(write(writer));
    EXPECT_EQ(disk.Content(), Files());
    return out;
  };
  EXPECT_EQ(slug([](BundleWriter& w) { return w.Add("a", kScalar, Bytes("abc")); }),
            "bundle/wrong-size");
  EXPECT_EQ(slug([](BundleWriter& w) { return w.Add("a", kScalar, Bytes("abcde")); }),
            "bundle/wrong-size");
  EXPECT_EQ(
      slug([](BundleWriter& w) { return w.AddStrings("a", {2}, std::vector<std::string>{"one"}); }),
      "bundle/wrong-size");
  EXPECT_EQ(slug([](BundleWriter& w) { return w.Add("", kScalar, Bytes("abcd")); }),
            "bundle/empty-key");
  EXPECT_EQ(slug([](BundleWriter& w) {
              return w.Add("a", {DType::kString, {}}, Bytes("abcd"));
            }),
            "bundle/opaque-dtype");
  EXPECT_EQ(slug([](BundleWriter& w) {
              return w.Begin("a", {DType::kVariant, {}});
            }),
            "bundle/opaque-dtype");
  // Stored bytes of strings that are none, or not of that many.
  for (const std::string_view bytes : {"abc", "\x05", "\x00\x00\x00\x00\x00"}) {
    EXPECT_EQ(slug([&](BundleWriter& w) -> Status {
                (void)w.Begin(WrittenPiece{"a", {DType::kString, {2}}});
                (void)w.Append(Bytes(bytes));
                return w.End();
              }),
              "bundle/bad-strings");
  }
  EXPECT_EQ(slug([](BundleWriter& w) -> Status {
              (void)w.Begin("a", kScalar);
              (void)w.Append(Bytes("abcd"));
              return w.End(1);
            }),
            "bundle/checksum");
}

TEST(BundleWriter, RefusesCallsOutOfOrder) {
  const auto slug = [](auto write) {
    testing::SimulatedDisk disk;
    BundleWriter writer = Make(disk);
    return Slug(write(writer));
  };
  EXPECT_EQ(slug([](BundleWriter& w) { return w.Append(Bytes("a")); }), "bundle/call-order");
  EXPECT_EQ(slug([](BundleWriter& w) { return w.End(); }), "bundle/call-order");
  for (int call = 0; call < 3; ++call) {
    EXPECT_EQ(slug([&](BundleWriter& w) {
                (void)w.Begin("a", kScalar);
                return call == 0 ? w.Begin("b", kScalar) : call == 1 ? w.StartShard() : w.Finish();
              }),
              "bundle/call-order");
    EXPECT_EQ(slug([&](BundleWriter& w) {
                (void)w.Finish();
                return call == 0 ? w.Begin("b", kScalar) : call == 1 ? w.StartShard() : w.Finish();
              }),
              "bundle/call-order");
  }
}

TEST(BundleWriter, KeepsAFinishedCheckpointWhateverIsCalledThen) {
  testing::SimulatedDisk disk;
  {
    BundleWriter writer = Make(disk);
    EXPECT_EQ(Text(writer.Finish()), "");
    EXPECT_EQ(Slug(writer.Finish()), "bundle/call-order");
  }
  EXPECT_EQ(disk.Content(), testing::TinyBundle().Files("p"));
}

}  // namespace
}  // namespace regraft::bundle
