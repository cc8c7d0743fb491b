#include "formats/zip/directory.h"

#include <gtest/gtest.h>

#include "io/byte_source.h"
#include "testing/golden.h"
#include "testing/prefixes.h"

namespace regraft::zip {
namespace {

constexpr std::uint64_t kMost = 1 << 20;

std::unique_ptr<const io::ByteSource> Source(std::string_view bytes) {
  return io::MemorySource("a.zip", std::as_bytes(std::span(bytes)));
}

TEST(ZipDirectory, FindsTheBytesOfStoredMembers) {
  const std::string bytes = testing::Golden("formats/one.npz");
  const auto directory = ReadDirectory(*Source(bytes));
  ASSERT_TRUE(directory) << directory.error().ToString();
  ASSERT_EQ(directory->members.size(), 1u);
  const Member& member = directory->members[0];
  EXPECT_EQ(member.name, "a.npy");
  EXPECT_EQ(member.stored.offset, 55u);
  EXPECT_EQ(member.bytes, 130u);
  EXPECT_EQ(member.crc32, 0x5f650262u);
  EXPECT_EQ(bytes.substr(member.header + 14, 4), bytes.substr(member.entry + 16, 4));
  const auto content = ReadMember(*Source(bytes), member, kMost);
  ASSERT_TRUE(content);
  EXPECT_EQ(*content, bytes.substr(55, 130));
}

TEST(ZipDirectory, ReadsWhatPyTorchAndKerasWrite) {
  for (const auto& [name, member] : {std::pair("formats/torch.pt", "byteorder"),
                                     std::pair("formats/keras3.keras", "config.json")}) {
    const std::string bytes = testing::Golden(name);
    const auto directory = ReadDirectory(*Source(bytes));
    ASSERT_TRUE(directory) << directory.error().ToString();
    std::size_t read = 0;
    bool found = false;
    for (const Member& one : directory->members) {
      const auto content = ReadMember(*Source(bytes), one, kMost);
      ASSERT_TRUE(content) << content.error().ToString();
      EXPECT_EQ(content->size(), one.bytes);
      found = found || one.name.ends_with(member);
      ++read;
    }
    EXPECT_TRUE(found);
    EXPECT_GE(read, 3u);
  }
}

TEST(ZipDirectory, EveryPrefixIsRefusedByName) {
  for (const char* name : {"formats/one.npz", "formats/torch.pt"}) {
    testing::ForEveryPrefix(testing::Golden(name), [](std::string_view prefix) {
      const auto directory = ReadDirectory(*Source(prefix));
      ASSERT_FALSE(directory);
      EXPECT_EQ(directory.error().slug, "zip/damaged");
    });
  }
}

// A changed byte of a member is found by its checksum.
TEST(ZipDirectory, EveryFlippedByteIsRefusedOrReadAsItWas) {
  const std::string golden = testing::Golden("formats/one.npz");
  const std::string content = golden.substr(55, 130);
  std::size_t refused = 0;
  testing::ForEveryByteFlip(golden, [&](std::string_view changed, std::size_t at) {
    const auto directory = ReadDirectory(*Source(changed));
    if (!directory) {
      EXPECT_TRUE(directory.error().slug.starts_with("zip/")) << at;
      ++refused;
      return;
    }
    for (const Member& member : directory->members) {
      const auto read = ReadMember(*Source(changed), member, kMost);
      if (!read) {
        EXPECT_TRUE(read.error().slug.starts_with("zip/")) << at;
        ++refused;
      } else {
        EXPECT_EQ(*read, content) << at;
      }
    }
  });
  EXPECT_GT(refused, 130u * 4);
}

TEST(ZipMember, IsNotReadIntoMoreMemoryThanAllowed) {
  const std::string bytes = testing::Golden("formats/one.npz");
  const auto directory = ReadDirectory(*Source(bytes));
  ASSERT_TRUE(directory);
  const auto content = ReadMember(*Source(bytes), directory->members[0], 100);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().slug, "zip/refused");
}

}  // namespace
}  // namespace regraft::zip
