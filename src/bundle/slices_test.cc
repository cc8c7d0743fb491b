// Partitioned tensors, and parts of tensors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "bundle/bundle_reader.h"
#include "bundle/ordered_code.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using testing::BytesOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TinyBundle;

// The elements of the tensors here: element i is i.
std::vector<std::int32_t> Iota(std::int64_t count) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

// What ReadSlice should give of such a tensor.
std::vector<std::int32_t> Cut(const Shape& shape, const std::vector<SliceRange>& ranges) {
  std::vector<std::int32_t> out;
  std::vector<std::int64_t> at(shape.rank(), 0);
  for (std::int64_t i = 0; i < shape.num_elements(); ++i) {
    bool inside = true;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      const std::int64_t from_start = at[axis] - ranges[axis].start;
      inside = inside && from_start >= 0 && from_start < ranges[axis].length;
    }
    if (inside) out.push_back(static_cast<std::int32_t>(i));
    for (std::size_t axis = shape.rank(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
  return out;
}

std::vector<SliceRange> RangesOf(const wire::TensorSlice& slice) {
  std::vector<SliceRange> ranges;
  for (const wire::SliceExtent& extent : slice) ranges.push_back({extent.start, extent.length});
  return ranges;
}

struct Opened {
  explicit Opened(const TinyBundle& bundle)
      : memory(bundle.Files("p")), files(memory), reader(BundleReader::Open(files, "p", {})) {
    index_bytes = files.bytes_read();
  }

  const archive::StoredTensor& at(std::string_view key) const {
    return (*reader)->tensors()[static_cast<std::size_t>((*reader)->Find(key))];
  }
  Result<std::vector<std::int32_t>> Read(std::string_view key,
                                         const std::vector<SliceRange>& ranges,
                                         bool verify = false) const {
    std::size_t count = 1;
    for (const SliceRange& range : ranges) count *= static_cast<std::size_t>(range.length);
    std::vector<std::int32_t> out(count, -1);
    const Status status =
        (*reader)->ReadSlice(at(key), ranges, std::as_writable_bytes(std::span(out)), verify);
    if (!status) return Fail(status.error());
    return out;
  }
  std::uint64_t data_bytes() const { return files.bytes_read() - index_bytes; }

  testing::MemoryFiles memory;
  testing::CountingFiles files;
  Result<std::unique_ptr<const BundleReader>> reader;
  std::uint64_t index_bytes = 0;
};

TinyBundle& AddPart(TinyBundle& bundle, const Shape& full, const wire::TensorSlice& slice) {
  wire::TensorSlice explicit_slice = slice;
  for (std::size_t axis = 0; axis < slice.size(); ++axis) {
    if (slice[axis].length < 0) explicit_slice[axis].length = full[axis];
  }
  std::string bytes = BytesOf(Cut(full, RangesOf(explicit_slice)));
  return bundle.AddSlice("p", DType::kInt32, full, slice, std::move(bytes));
}

// The patchwork that TensorFlow's MaxShardSizePolicy makes of a [10,4].
TinyBundle Patchwork() {
  TinyBundle bundle;
  bundle.SetShards(2);
  AddPart(bundle, {10, 4}, {{0, 5}, {0, 4}});
  AddPart(bundle, {10, 4}, {{5, 5}, {0, 1}});
  bundle.InShard(1);
  AddPart(bundle, {10, 4}, {{5, 5}, {1, 3}});
  return bundle;
}

TEST(Slices, AreAssembled) {
  const Opened opened(Patchwork());
  ASSERT_TRUE(opened.reader) << opened.reader.error().ToString();
  ASSERT_EQ((*opened.reader)->tensors().size(), 1u);
  EXPECT_TRUE(opened.at("p").partitioned);
  EXPECT_EQ(opened.at("p").pieces.size(), 3u);
  for (const bool verify : {false, true}) {
    std::vector<std::int32_t> out(40);
    ASSERT_TRUE(
        (*opened.reader)->Read(opened.at("p"), std::as_writable_bytes(std::span(out)), verify));
    EXPECT_EQ(out, Iota(40));
  }
}

TEST(Slices, AreFoundByTheExtentsOfTheirParent) {
  // A full axis and its explicit extents have different keys.
  TinyBundle bundle;
  AddPart(bundle, {4, 3}, {{0, 2}, {0, -1}});
  AddPart(bundle, {4, 3}, {{2, 2}, {0, 3}});
  const Opened opened(bundle);
  ASSERT_EQ((*opened.reader)->tensors().size(), 1u);
  EXPECT_EQ(opened.Read("p", {{0, 4}, {0, 3}}), Iota(12));
}

TEST(Slices, OfStringsAreAssembled) {
  TinyBundle bundle;
  bundle.AddStringSlice("s", {2, 3}, {{0, 2}, {0, 1}}, {"a", "d"})
      .AddStringSlice("s", {2, 3}, {{0, 2}, {1, 2}}, {"b", "c", "e", "f"});
  const Opened opened(bundle);
  EXPECT_EQ((*opened.reader)->ReadStrings(opened.at("s"), true),
            (std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
}

TEST(Slices, HaveNoRawBytes) {
  const Opened opened(Patchwork());
  const auto raw = (*opened.reader)->ReadRaw(opened.at("p"), true);
  ASSERT_FALSE(raw);
  EXPECT_EQ(raw.error().slug, "bundle/partitioned");
}

TEST(Slices, GiveWayToDataOfTheirParent) {
  TinyBundle bundle;
  bundle.Add("p", DType::kInt32, {4}, BytesOf(Iota(4)));
  bundle.AddSlice("p", DType::kInt32, {4}, {{0, 2}}, BytesOf<std::int32_t>({7, 7}));
  const Opened opened(bundle);
  ASSERT_EQ((*opened.reader)->tensors().size(), 1u);
  EXPECT_FALSE(opened.at("p").partitioned);
  EXPECT_TRUE(opened.at("p").fault.empty());
  EXPECT_EQ(opened.Read("p", {{0, 4}}, true), Iota(4));
}

TEST(Slices, IgnoreTheShardOfTheirParent) {
  TinyBundle bundle = Patchwork();
  bundle.Edit("p", [](auto& entry) { entry.shard_id = 77; });
  EXPECT_TRUE(Opened(bundle).Read("p", {{0, 10}, {0, 4}}));
}

TEST(Slices, WithoutParentAreListedAsTensors) {
  const std::string key = EncodeSliceKey("q", {{0, 2}});
  TinyBundle bundle;
  bundle.Add(key, DType::kInt32, {2}, BytesOf(Iota(2)));
  bundle.Add(std::string("\0name", 5), DType::kInt32, {1}, BytesOf(Iota(1)));
  const Opened opened(bundle);
  ASSERT_EQ((*opened.reader)->tensors().size(), 2u);
  EXPECT_EQ(opened.Read(key, {{0, 2}}), Iota(2));
  EXPECT_EQ(opened.Read(std::string("\0name", 5), {{0, 1}}), Iota(1));
}

TEST(Slices, ThatContradictTheirTensorAreAFault) {
  const auto fault = [](TinyBundle bundle) {
    bundle.AddFloats("other", {1}, {1});
    const Opened opened(bundle);
    EXPECT_EQ((*opened.reader)->tensors().size(), 2u) << "no slice is listed";
    EXPECT_EQ(opened.at("p").fault.size(), 1u);
    const auto read = opened.Read("p", {{0, 10}, {0, 4}});
    return read ? Error() : read.error();
  };
  const std::string last = EncodeSliceKey("p", {{5, 5}, {1, 3}});

  const Error missing = fault(Patchwork().Leave(last));
  EXPECT_EQ(missing.slug, "bundle/slices-missing");
  EXPECT_EQ(missing.key, "p");
  EXPECT_THAT(missing.message, HasSubstr("[5:10,1:4]"));
  EXPECT_EQ(fault(Patchwork().Edit("p", [](auto& p) { p.slices.pop_back(); }).Leave(last)).slug,
            "bundle/slices-missing");
  EXPECT_EQ(fault(Patchwork().Edit("p", [](auto& p) { p.slices.push_back(p.slices[0]); })).slug,
            "bundle/slices-overlap");
  TinyBundle overlapping = Patchwork();
  EXPECT_EQ(fault(AddPart(overlapping, {10, 4}, {{9, 1}, {3, 1}})).slug, "bundle/slices-overlap");

  EXPECT_EQ(fault(Patchwork().Edit("p", [](auto& p) { p.dtype = 1; })).slug, "bundle/bad-slice");
  EXPECT_EQ(fault(Patchwork().Edit("p",
                                   [](auto& p) {
                                     p.shape.dims = {9, 4};
                                   }))
                .slug,
            "bundle/bad-slice");
  EXPECT_EQ(fault(Patchwork().Edit("p", [](auto& p) { p.shape.dims = {40}; })).slug,
            "bundle/bad-slice");
  EXPECT_EQ(fault(Patchwork().Edit("p",
                                   [](auto& p) {
                                     p.shape.dims = {-1, 4};
                                   }))
                .slug,
            "tensor/bad-shape");
  EXPECT_EQ(fault(Patchwork().Edit(last,
                                   [](auto& s) {
                                     s.shape.dims = {3, 5};
                                   }))
                .slug,
            "bundle/bad-slice");
  const Error size = fault(Patchwork().Edit(last, [](auto& s) { s.size = 1; }));
  EXPECT_EQ(size.slug, "bundle/size");
  EXPECT_EQ(size.key, "p");
  EXPECT_THAT(size.details, ElementsAre(Error::Detail{"slice", "[5:10,1:4]"}));
}

TEST(Slices, WithExtentsOutsideTheirTensorAreAFault) {
  for (const wire::SliceExtent extent :
       {wire::SliceExtent{0, 0}, {-1, 2}, {1, -1}, {3, 2}, {0, -2}, {1ll << 62, 1ll << 62}}) {
    TinyBundle bundle;
    bundle.AddSlice("p", DType::kInt32, {4}, {{0, 4}}, BytesOf(Iota(4))).Edit("p", [&](auto& p) {
      p.slices = {{extent}};
    });
    const Opened opened(bundle);
    ASSERT_EQ(opened.at("p").fault.size(), 1u) << extent.start << " " << extent.length;
    EXPECT_EQ(opened.at("p").fault[0].slug, "bundle/bad-slice");
  }
}

TEST(ReadSlice, GivesTheSameFromWholeAndPartitionedStorage) {
  std::mt19937 random(11);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(n));
  };
  for (int round = 0; round < 300; ++round) {
    const Shape shape{1 + below(6), 1 + below(5), 1 + below(4)};
    const std::int64_t row = below(shape[0] + 1), column = below(shape[2] + 1);
    TinyBundle bundle;
    if (round % 5 == 0) bundle.SetBigEndian();
    bundle.Add("whole", DType::kInt32, shape, BytesOf(Iota(shape.num_elements())));
    // Above `row` as it is, below it in two pieces along the last axis.
    const auto add = [&](const wire::TensorSlice& slice) {
      for (const wire::SliceExtent& extent : slice) {
        if (extent.length == 0) return;
      }
      AddPart(bundle, shape, slice);
    };
    add({{0, row}, {0, -1}, {0, -1}});
    add({{row, shape[0] - row}, {0, -1}, {0, column}});
    add({{row, shape[0] - row}, {0, -1}, {column, shape[2] - column}});

    const Opened opened(bundle);
    ASSERT_TRUE(opened.at("p").fault.empty()) << opened.at("p").fault[0].ToString();
    std::vector<SliceRange> ranges;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::int64_t start = below(shape[axis] + 1);
      ranges.push_back({start, below(shape[axis] - start + 1)});
    }
    for (const bool verify : {false, true}) {
      EXPECT_EQ(opened.Read("whole", ranges, verify), Cut(shape, ranges));
      EXPECT_EQ(opened.Read("p", ranges, verify), Cut(shape, ranges));
    }
  }
}

TEST(ReadSlice, ReadsOnlyTheRowsThatItNeeds) {
  const Shape shape{1000, 100};
  TinyBundle bundle;
  bundle.Add("t", DType::kInt32, shape, BytesOf(Iota(100000)));
  const Opened opened(bundle);
  EXPECT_EQ(opened.data_bytes(), 0u);
  EXPECT_EQ(opened.Read("t", {{20, 3}, {0, 100}}), Cut(shape, {{20, 3}, {0, 100}}));
  EXPECT_EQ(opened.data_bytes(), 3 * 400u);
  EXPECT_EQ(opened.Read("t", {{20, 0}, {0, 100}}), std::vector<std::int32_t>());
  EXPECT_EQ(opened.data_bytes(), 3 * 400u);
  // Two columns of three rows: from the first element to the last, in one call.
  EXPECT_EQ(opened.Read("t", {{7, 3}, {50, 2}}), Cut(shape, {{7, 3}, {50, 2}}));
  EXPECT_EQ(opened.data_bytes(), 3 * 400u + 2 * 400 + 8);
}

TEST(ReadSlice, SkipsGapsThatAreWorthIt) {
  const Shape shape{3, 2000, 2};
  TinyBundle bundle;
  bundle.Add("t", DType::kInt32, shape, BytesOf(Iota(12000)));
  const Opened opened(bundle);
  EXPECT_EQ(opened.Read("t", {{0, 3}, {10, 2}, {0, 2}}), Cut(shape, {{0, 3}, {10, 2}, {0, 2}}));
  EXPECT_EQ(opened.data_bytes(), 3 * 16u);
}

TEST(ReadSlice, ReadsOnlyTheSlicesThatItTouches) {
  const Opened opened(Patchwork());
  EXPECT_EQ(opened.Read("p", {{6, 2}, {0, 1}}), Cut({10, 4}, {{6, 2}, {0, 1}}));
  EXPECT_EQ(opened.data_bytes(), 2 * 4u);
  // The second slice has 20 bytes, and a check needs them all.
  EXPECT_EQ(opened.Read("p", {{6, 2}, {0, 1}}, true), Cut({10, 4}, {{6, 2}, {0, 1}}));
  EXPECT_EQ(opened.data_bytes(), 2 * 4u + 20);
}

TEST(ReadSlice, ChecksWholePiecesIfAsked) {
  auto content = Patchwork().Files("p");
  content["p.data-00001-of-00002"][0] ^= 1;
  const testing::MemoryFiles files(content);
  const auto reader = BundleReader::Open(files, "p", {});
  std::vector<std::byte> out(4);
  const std::vector<SliceRange> far{{9, 1}, {3, 1}}, other{{9, 1}, {0, 1}};
  EXPECT_TRUE((*reader)->ReadSlice((*reader)->tensors()[0], far, out, false));
  EXPECT_TRUE((*reader)->ReadSlice((*reader)->tensors()[0], other, out, true));
  const Status status = (*reader)->ReadSlice((*reader)->tensors()[0], far, out, true);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().slug, "bundle/checksum");
  EXPECT_EQ(status.error().key, "p");
  EXPECT_EQ(status.error().file, "p.data-00001-of-00002");
}

TEST(ReadSlice, CrossesTheBuffersEnd) {
  // 12 MB, more than one buffer, whose length is no multiple of a row.
  const Shape shape{1001, 3001};
  TinyBundle bundle;
  bundle.Add("t", DType::kInt32, shape, BytesOf(Iota(shape.num_elements())));
  const Opened opened(bundle);
  const std::vector<SliceRange> ranges{{1, 999}, {2, 2998}};
  for (const bool verify : {false, true}) {
    const auto read = opened.Read("t", ranges, verify);
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == Cut(shape, ranges));
  }
}

}  // namespace
}  // namespace regraft::bundle
