// Files that TensorFlow 2.15 and 2.21 write, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/bundle_reader.h"
#include "bundle/test_golden.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using ::testing::ElementsAre;

using Files = std::map<std::string, std::string>;

Files Golden(const char* index, std::string data) {
  return {{"p.index", Hex(index)}, {"p.data-00000-of-00001", std::move(data)}};
}

std::string FloatBytes(const std::vector<float>& values) { return testing::BytesOf(values); }

std::string ReadAll(const BundleReader& reader, std::string_view key) {
  const std::ptrdiff_t at = reader.Find(key);
  EXPECT_GE(at, 0) << key;
  const archive::StoredTensor& tensor = reader.tensors()[static_cast<std::size_t>(at)];
  std::string out(tensor.spec.Bytes().value(), '\xaa');
  const Status status = reader.Read(tensor, std::as_writable_bytes(std::span(out)), true);
  EXPECT_TRUE(status) << status.error().ToString();
  return out;
}

testing::TinyBundle PlainBundle() {
  testing::TinyBundle bundle;
  bundle.Add("b", DType::kInt32, {3}, testing::BytesOf<std::int32_t>({1, 2, 3}))
      .AddFloats("a", {}, {1.5f})
      .AddStrings("s", {2}, {"hi", ""})
      .Add("z", DType::kInt64, {0, 2}, "");
  return bundle;
}

testing::TinyBundle SlicedBundle() {
  testing::TinyBundle bundle;
  bundle.AddSlice("p", DType::kFloat32, {4, 2}, {{0, 2}, {0, 2}}, FloatBytes({0, 1, 2, 3}))
      .AddSlice("p", DType::kFloat32, {4, 2}, {{2, 2}, {0, 2}}, FloatBytes({4, 5, 6, 7}));
  return bundle;
}

testing::TinyGraph ObjectGraph() {
  testing::TinyGraph graph;
  const auto model = graph.AddNode(0, "model");
  graph.AddVariable(0, "save_counter", "save_counter", "save_counter");
  graph.AddVariable(model, "kernel", "model/kernel", "dense/kernel");
  graph.AddVariable(model, "bias", "model/bias", "dense/bias");
  return graph;
}

testing::TinyBundle ObjectBundle() {
  testing::TinyBundle bundle;
  bundle.AddInt64s(testing::ValueKey("save_counter"), {}, {1})
      .AddFloats(testing::ValueKey("model/kernel"), {2, 1}, {1, 2})
      .AddFloats(testing::ValueKey("model/bias"), {1}, {0.5f})
      .SetGraph(ObjectGraph());
  return bundle;
}

TEST(TinyBundle, WritesWhatTensorFlowWrites) {
  EXPECT_EQ(PlainBundle().Files("p"), Golden(kPlainIndex, Hex(kPlainData)));
  EXPECT_EQ(SlicedBundle().Files("p"), Golden(kSlicedIndex, FloatBytes({0, 1, 2, 3, 4, 5, 6, 7})));
  EXPECT_EQ(wire::EncodeObjectGraph(ObjectGraph().graph()), Hex(kObjectGraph));
  EXPECT_EQ(ObjectBundle().Files("p"), Golden(kObjectIndex, Hex(kObjectData)));
}

TEST(BundleReader, ReadsThePlainGolden) {
  const testing::MemoryFiles files(Golden(kPlainIndex, Hex(kPlainData)));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ((*reader)->num_files(), 1);
  EXPECT_FALSE((*reader)->big_endian());
  ASSERT_EQ((*reader)->tensors().size(), 4u);
  EXPECT_EQ((*reader)->tensors()[0].key, "a");
  EXPECT_EQ((*reader)->tensors()[1].spec, (TensorSpec{DType::kInt32, {3}}));
  EXPECT_EQ((*reader)->tensors()[3].spec, (TensorSpec{DType::kInt64, {0, 2}}));
  EXPECT_EQ((*reader)->Find("q"), -1);
  EXPECT_EQ((*reader)->Find(""), -1);

  EXPECT_EQ(ReadAll(**reader, "a"), FloatBytes({1.5f}));
  EXPECT_EQ(ReadAll(**reader, "b"), testing::BytesOf<std::int32_t>({1, 2, 3}));
  EXPECT_EQ(ReadAll(**reader, "z"), "");
  const auto strings = (*reader)->ReadStrings((*reader)->tensors()[2], true);
  ASSERT_TRUE(strings) << strings.error().ToString();
  EXPECT_THAT(*strings, ElementsAre("hi", ""));
}

TEST(BundleReader, AssemblesTheSlicedGolden) {
  const testing::MemoryFiles files(Golden(kSlicedIndex, FloatBytes({0, 1, 2, 3, 4, 5, 6, 7})));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  ASSERT_EQ((*reader)->tensors().size(), 1u);
  const archive::StoredTensor& tensor = (*reader)->tensors()[0];
  EXPECT_TRUE(tensor.partitioned);
  ASSERT_EQ(tensor.pieces.size(), 2u);
  EXPECT_THAT(tensor.pieces[1].start, ElementsAre(2, 0));
  EXPECT_EQ(tensor.pieces[1].where.offset, 16u);
  EXPECT_EQ(ReadAll(**reader, "p"), FloatBytes({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(BundleReader, ReadsTheObjectGolden) {
  const testing::MemoryFiles files(Golden(kObjectIndex, Hex(kObjectData)));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  EXPECT_EQ(ReadAll(**reader, testing::ValueKey("model/kernel")), FloatBytes({1, 2}));
  const std::ptrdiff_t at = (*reader)->Find("_CHECKPOINTABLE_OBJECT_GRAPH");
  ASSERT_EQ(at, 0);
  const auto graph = (*reader)->ReadStrings((*reader)->tensors()[0], true);
  ASSERT_TRUE(graph) << graph.error().ToString();
  EXPECT_THAT(*graph, ElementsAre(Hex(kObjectGraph)));
}

class StoredElements : public ::testing::TestWithParam<StoredTensor> {};

TEST_P(StoredElements, AreReadAsTheyAre) {
  const std::string data = Hex(GetParam().data);
  testing::TinyBundle bundle;
  Files content = bundle.PutRaw("t", Hex(GetParam().entry)).Files("p");
  content["p.data-00000-of-00001"] = data;
  const testing::MemoryFiles files(content);
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  ASSERT_EQ((*reader)->tensors().size(), 1u);
  const archive::StoredTensor& tensor = (*reader)->tensors()[0];
  EXPECT_TRUE(tensor.fault.empty()) << tensor.fault[0].ToString();
  EXPECT_EQ(tensor.spec, GetParam().spec);
  const auto raw = (*reader)->ReadRaw(tensor, true);
  ASSERT_TRUE(raw) << raw.error().ToString();
  EXPECT_EQ(*raw, data);
  if (tensor.spec.dtype == DType::kString) return;
  EXPECT_EQ(ReadAll(**reader, "t"), data);
}

INSTANTIATE_TEST_SUITE_P(TensorFlow, StoredElements, ::testing::ValuesIn(kStoredTensors),
                         [](const auto& test) { return test.param.what; });

TEST(BundleReader, AcceptsNoStringsInNoBytes) {
  testing::TinyBundle bundle;
  const testing::MemoryFiles files(bundle.PutRaw("t", Hex("08071202120035d8ea82a2")).Files("p"));
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader) << reader.error().ToString();
  const auto strings = (*reader)->ReadStrings((*reader)->tensors()[0], true);
  ASSERT_TRUE(strings) << strings.error().ToString();
  EXPECT_TRUE(strings->empty());
}

}  // namespace
}  // namespace regraft::bundle
