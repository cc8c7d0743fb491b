// Files of HDF5 that say what no program writes, or what this reader does not follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "formats/hdf5/contents.h"
#include "io/byte_source.h"
#include "testing/golden.h"

namespace regraft::hdf5 {
namespace {

using ::testing::HasSubstr;
using std::string_literals::operator""s;

// Places of formats/plain.h5: one dataset `k` of two floats, and an attribute of the root.
constexpr std::size_t kRoot = 0x60, kContinuation = 0x78, kTree = 0x88, kHeap = 0x2a8;
constexpr std::size_t kHeapData = 0x2c8, kDataset = 0x320, kSpace = 0x338, kType = 0x358;
constexpr std::size_t kFill = 0x370, kLayout = 0x388, kNames = 0x430, kMore = 0x578;
constexpr std::size_t kText = 0x5c8, kCollection = 0x808;

struct Change {
  std::size_t at;
  std::string bytes;
};

std::string Changed(const std::vector<Change>& changes) {
  std::string file = testing::Golden("formats/plain.h5");
  for (const Change& change : changes) file.replace(change.at, change.bytes.size(), change.bytes);
  return file;
}

std::string U64(std::uint64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

Result<Contents> Read(const std::string& bytes) {
  const auto source = io::MemorySource("a.h5", std::as_bytes(std::span(bytes)));
  return ReadContents(*source);
}

struct Case {
  std::string what;
  std::vector<Change> changes;
  std::string slug;
};

TEST(HostileHdf5, IsRefusedByName) {
  const std::vector<Case> cases = {
      {"superblock 2", {{8, "\2"}}, "hdf5/new-layout"},
      {"superblock 3", {{8, "\3"}}, "hdf5/new-layout"},
      {"superblock 9", {{8, "\11"}}, "hdf5/damaged"},
      {"addresses of 4 bytes", {{13, "\4"}}, "hdf5/new-layout"},
      {"lengths of 4 bytes", {{14, "\4"}}, "hdf5/new-layout"},
      {"a driver", {{48, U64(0)}}, "hdf5/new-layout"},
      {"nodes of nothing", {{16, "\0\0"s}}, "hdf5/damaged"},
      {"an end behind the end", {{40, U64(1 << 20)}}, "hdf5/damaged"},
      {"a root behind the end", {{64, U64(~std::uint64_t{7})}}, "hdf5/damaged"},
      {"an OHDR", {{kRoot, "OHDR"}}, "hdf5/new-layout"},
      {"another OHDR", {{kDataset, "OHDR"}}, "hdf5/new-layout"},
      {"a header of version 2", {{kRoot, "\2"}}, "hdf5/damaged"},
      {"more messages than there are", {{kRoot + 2, "\377\377"}}, "hdf5/damaged"},
      {"a block that goes on in itself",
       {{kRoot + 2, "\377\377"}, {kContinuation, U64(kRoot + 16) + U64(24)}},
       "hdf5/damaged"},
      {"a block larger than the file", {{kContinuation + 8, U64(1 << 30)}}, "hdf5/damaged"},
      {"a block whose end overflows",
       {{kContinuation, U64(~std::uint64_t{15}) + U64(64)}},
       "hdf5/damaged"},
      {"a message larger than its block", {{kMore + 2, "\377\377"}}, "hdf5/damaged"},
      {"a group by link messages", {{kMore, "\2"}}, "hdf5/new-layout"},
      {"a root that is no group", {{kMore, "\15"}}, "hdf5/damaged"},
      {"a heap that is none", {{kHeap, "HOLE"}}, "hdf5/damaged"},
      {"a heap larger than the file", {{kHeap + 8, U64(1 << 28)}}, "hdf5/damaged"},
      {"a name behind the heap", {{kNames + 8, U64(4096)}}, "hdf5/damaged"},
      {"a name without an end", {{kHeap + 8, U64(9)}}, "hdf5/damaged"},
      {"an empty name", {{kHeapData + 8, "\0"s}}, "hdf5/damaged"},
      {"a name that is a path", {{kHeapData + 8, "/"}}, "hdf5/damaged"},
      {"a tree that is none", {{kTree, "BUSH"}}, "hdf5/damaged"},
      {"a tree of chunks", {{kTree + 4, "\1"}}, "hdf5/damaged"},
      {"a tree in itself", {{kTree + 5, "\1"}, {kTree + 32, U64(kTree)}}, "hdf5/damaged"},
      {"a tree too high", {{kTree + 5, "\377"}}, "hdf5/damaged"},
      {"a tree of more than it holds", {{kTree + 6, "\377\377"}}, "hdf5/damaged"},
      {"more names than a node holds", {{kNames + 6, "\377\377"}}, "hdf5/damaged"},
      {"a name twice", {{kNames + 6, "\2"}, {kNames + 48, U64(8) + U64(kDataset)}}, "hdf5/damaged"},
      {"a group in itself", {{kNames + 16, U64(kRoot)}}, "hdf5/damaged"},
      {"an object in the nowhere", {{kNames + 16, U64(1 << 30)}}, "hdf5/damaged"},
      {"two types", {{kFill, "\3"}}, "hdf5/damaged"},
      {"no type", {{kType - 8, "\0"s}}, "hdf5/damaged"},
      {"33 axes", {{kSpace + 1, "\41"}}, "hdf5/damaged"},
      {"a negative axis", {{kSpace + 15, "\200"}}, "hdf5/damaged"},
      {"more elements than bytes", {{kSpace + 8, U64(std::uint64_t{1} << 62)}}, "hdf5/damaged"},
      {"values of another size", {{kLayout + 10, U64(12)}}, "hdf5/damaged"},
      {"values behind the end", {{kLayout + 2, U64(1 << 20)}}, "hdf5/damaged"},
      {"values whose end overflows", {{kLayout + 2, U64(~std::uint64_t{3})}}, "hdf5/damaged"},
      {"a type of no bytes", {{kType + 4, "\0\0\0\0"s}}, "hdf5/damaged"},
      {"an attribute larger than itself", {{kMore + 36, "\377\377"}}, "hdf5/damaged"},
      {"a text of no collection", {{kCollection, "HOLE"}}, "hdf5/damaged"},
      {"a text behind the end", {{kText + 4, U64(1 << 30)}}, "hdf5/damaged"},
      {"a text that the collection lacks", {{kText + 12, "\7"}}, "hdf5/damaged"},
      {"a text longer than it is", {{kText, "\377\377\377\377"}}, "hdf5/damaged"},
      {"a collection larger than the file", {{kCollection + 8, U64(1 << 20)}}, "hdf5/damaged"},
  };
  for (const Case& each : cases) {
    const auto contents = Read(Changed(each.changes));
    ASSERT_FALSE(contents) << each.what;
    EXPECT_EQ(contents.error().slug, each.slug) << each.what;
    EXPECT_EQ(contents.error().code,
              each.slug == "hdf5/damaged" ? ErrorCode::kCorrupt : ErrorCode::kUnsupported)
        << each.what;
    EXPECT_EQ(contents.error().file, "a.h5") << each.what;
    EXPECT_TRUE(contents.error().offset.has_value()) << each.what;
    EXPECT_NE(contents.error().message, "") << each.what;
  }
}

// What concerns one dataset alone leaves the others readable.
TEST(HostileHdf5, ADatasetIsRefusedByItself) {
  const std::vector<Case> cases = {
      {"a soft link", {{kNames + 24, "\2"}}, "hdf5/link"},
      {"chunks", {{kLayout + 1, "\2"}}, "hdf5/chunked"},
      {"a virtual dataset", {{kLayout, "\4\3"}}, "hdf5/external"},
      {"a layout of old", {{kLayout, "\1"}}, "hdf5/old-layout"},
      {"filters", {{kFill, "\13"}}, "hdf5/chunked"},
      {"files elsewhere", {{kFill, "\7"}}, "hdf5/external"},
      {"a shared type", {{kType - 4, "\2"}}, "hdf5/shared"},
      {"what must be known", {{kFill, "\30\0\10\0\200"s}}, "hdf5/unknown"},
      {"values that nobody wrote", {{kLayout + 2, std::string(8, '\377')}}, "hdf5/no-values"},
      {"no space", {{kSpace, "\2\0\0\2"s}}, "hdf5/no-values"},
      {"a time", {{kType, "\22"}}, "hdf5/type"},
      {"bits", {{kType, "\24"}}, "hdf5/type"},
      {"opaque bytes", {{kType, "\25"}}, "hdf5/type"},
      {"a compound", {{kType, "\26"}}, "hdf5/type"},
      {"a reference", {{kType, "\27"}}, "hdf5/type"},
      {"an enum that is no bool", {{kType, "\30"}}, "hdf5/type"},
      {"a sequence of no text", {{kType, "\31\0"s}}, "hdf5/type"},
      {"an array", {{kType, "\32"}}, "hdf5/type"},
      {"a class that there is not", {{kType, "\33"}}, "hdf5/type"},
      {"a float of a VAX", {{kType + 1, "\140"}}, "hdf5/type"},
      {"a float of other bits", {{kType + 12, "\26"}}, "hdf5/type"},
  };
  for (const Case& each : cases) {
    const auto contents = Read(Changed(each.changes));
    ASSERT_TRUE(contents) << each.what << contents.error().ToString();
    ASSERT_EQ(contents->datasets.size(), 1u) << each.what;
    ASSERT_TRUE(contents->datasets[0].fault) << each.what;
    EXPECT_EQ(contents->datasets[0].fault->slug, each.slug) << each.what;
    EXPECT_EQ(contents->datasets[0].path, "k");
    EXPECT_EQ(contents->groups.size(), 1u);
  }
}

// Two names in one node: the second one stands behind the first in the heap.
std::string WithTwoNames(std::uint64_t other) {
  return Changed({{kHeapData + 16, "l\0"s},
                  {kNames + 6, "\2"},
                  {kNames + 48, U64(16) + U64(other) + std::string(24, '\0')}});
}

TEST(HostileHdf5, TwoNamesOfOneDatasetHaveTheSameBytes) {
  const auto contents = Read(WithTwoNames(kDataset));
  ASSERT_TRUE(contents) << contents.error().ToString();
  ASSERT_EQ(contents->datasets.size(), 2u);
  EXPECT_EQ(contents->datasets[0].where, contents->datasets[1].where);
  EXPECT_FALSE(contents->datasets[0].fault || contents->datasets[1].fault);
}

TEST(HostileHdf5, TwoDatasetsThatArePartlyTheSameBytesAreBothRefused) {
  std::string bytes = WithTwoNames(0x4a0);
  bytes.replace(0x4a0, 0x90, bytes.substr(kDataset, 0x90));
  bytes.replace(0x4a0 + kLayout - kDataset + 2, 8, U64(0x804));
  const auto contents = Read(bytes);
  ASSERT_TRUE(contents) << contents.error().ToString();
  ASSERT_EQ(contents->datasets.size(), 2u);
  for (const Dataset& dataset : contents->datasets) {
    ASSERT_TRUE(dataset.fault);
    EXPECT_THAT(dataset.fault->message, HasSubstr("'k' and 'l' are partly the same bytes"));
  }
}

}  // namespace
}  // namespace regraft::hdf5
