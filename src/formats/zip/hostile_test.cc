// Archives that say what no writer of archives says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "formats/zip/directory.h"
#include "io/byte_source.h"

namespace regraft::zip {
namespace {

using ::testing::HasSubstr;
using std::string_literals::operator""s;

std::string Number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// A member as both of its headers say it; what they say may differ.
struct Said {
  std::string name = "a";
  std::uint16_t flags = 0, method = 0;
  std::uint32_t compressed = 4, size = 4, local = 0;
  std::uint16_t disk = 0;
  std::string extra = {};
};

struct Archive {
  std::vector<Said> local = {Said()};
  std::vector<Said> central = {Said()};
  std::uint16_t disk = 0, members = 1;
  std::uint32_t directory_bytes = 0, directory_at = 0;  // Added to what is right.
  std::string comment = {};
};

std::string Bytes(const Archive& archive) {
  std::string file;
  for (const Said& said : archive.local) {
    file += "PK\3\4" + Number(20, 2) + Number(said.flags, 2) + Number(said.method, 2) +
            std::string(16, '\0') + Number(said.name.size(), 2) + Number(0, 2) + said.name + "data";
  }
  const std::size_t start = file.size();
  for (const Said& said : archive.central) {
    file += "PK\1\2" + Number(20, 2) + Number(20, 2) + Number(said.flags, 2) +
            Number(said.method, 2) + std::string(4, '\0') + Number(0, 4) +
            Number(said.compressed, 4) + Number(said.size, 4) + Number(said.name.size(), 2) +
            Number(said.extra.size(), 2) + Number(0, 2) + Number(said.disk, 2) +
            std::string(6, '\0') + Number(said.local, 4) + said.name + said.extra;
  }
  const std::size_t bytes = file.size() - start;
  return file + "PK\5\6" + Number(archive.disk, 2) + Number(archive.disk, 2) +
         Number(archive.members, 2) + Number(archive.members, 2) +
         Number(bytes + archive.directory_bytes, 4) + Number(start + archive.directory_at, 4) +
         Number(archive.comment.size(), 2) + archive.comment;
}

Result<Directory> Read(const std::string& bytes) {
  const auto source = io::MemorySource("a.zip", std::as_bytes(std::span(bytes)));
  return ReadDirectory(*source);
}

TEST(HostileZip, IsRefusedByName) {
  constexpr std::uint32_t kElsewhere = 0xffffffff;
  struct Case {
    std::function<void(Archive&)> change;
    std::string slug, says;
  };
  const auto of_central = [](std::function<void(Said&)> change) {
    return [change = std::move(change)](Archive& archive) { change(archive.central[0]); };
  };
  const auto two = [](const Said& said) {
    return [said](Archive& archive) {
      archive.local.push_back(said);
      archive.central.push_back(said);
      archive.members = 2;
    };
  };
  std::vector<Case> cases = {
      {of_central([](Said& said) { said.disk = 1; }), "zip/refused", "several disks"},
      {[](Archive& archive) { archive.disk = 1; }, "zip/refused", "several disks"},
      {two({.local = 35}), "zip/damaged", "two members 'a'"},
      {two({.name = "b", .compressed = 4, .size = 4, .local = 0}), "zip/damaged",
       "not where the directory"},
      {of_central([](Said& said) { said.compressed = said.size = 5; }), "zip/damaged",
       "reaches into the directory"},
      {of_central([](Said& said) { said.local = 1 << 30; }), "zip/damaged", "ends too early"},
      {of_central([](Said& said) { said.local = 4; }), "zip/damaged", "not where the directory"},
      {of_central([](Said& said) { said.name = "b"; }), "zip/damaged", "not where the directory"},
      {of_central([](Said& said) { said.name = "ab"; }), "zip/damaged", "not where the directory"},
      {of_central([](Said& said) { said.method = 8; }), "zip/damaged", "not where the directory"},
      {of_central([](Said& said) { said.size = 5; }), "zip/damaged", "two sizes"},
      {[](Archive& archive) {
         archive.local[0].method = archive.central[0].method = 8;
         archive.central[0].size = 1 << 30;
       },
       "zip/damaged", "larger than its bytes can make it"},
      {of_central([](Said& said) { said.size = kElsewhere; }), "zip/damaged", "lacks its sizes"},
      {of_central([](Said& said) {
         said.size = said.compressed = kElsewhere;
         said.extra = Number(1, 2) + Number(8, 2) + Number(4, 8);
       }),
       "zip/damaged", "lacks its sizes"},
      {of_central([](Said& said) {
         said.size = said.compressed = kElsewhere;
         said.extra = Number(1, 2) + Number(16, 2) + Number(~0ull, 8) + Number(~0ull, 8);
       }),
       "zip/damaged", "reaches into the directory"},
      {[](Archive& archive) { archive.members = 2; }, "zip/damaged", "cut off"},
      {[](Archive& archive) { archive.members = 0; }, "zip/damaged", "bytes of no member"},
      {[](Archive& archive) { archive.directory_bytes = 1; }, "zip/damaged", "no directory"},
      {[](Archive& archive) { archive.directory_at = 1; }, "zip/damaged", "no directory"},
      {[](Archive& archive) { archive.comment = "PK\5\6"s + std::string(18, '\0'); }, "", ""},
      {[](Archive&) {}, "", ""}};
  for (const unsigned bit : {0u, 6u, 13u}) {
    cases.push_back(
        {of_central([bit](Said& said) { said.flags = static_cast<std::uint16_t>(1u << bit); }),
         "zip/refused", "encrypted"});
  }
  for (const int method : {1, 9, 12, 14, 93, 99}) {
    cases.push_back(
        {of_central([method](Said& said) { said.method = static_cast<std::uint16_t>(method); }),
         "zip/refused", "the method " + std::to_string(method)});
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Archive archive;
    cases[i].change(archive);
    const auto directory = Read(Bytes(archive));
    ASSERT_EQ(directory.has_value(), cases[i].slug.empty()) << i;
    if (directory) continue;
    EXPECT_EQ(directory.error().slug, cases[i].slug) << i;
    EXPECT_THAT(directory.error().message, HasSubstr(cases[i].says)) << i;
    EXPECT_EQ(directory.error().file, "a.zip") << i;
  }
}

TEST(HostileZip, MembersWithinMembersAreRefused) {
  // The second one begins in the data of the first.
  Archive archive;
  archive.local[0].name = std::string(64, 'a');
  archive.central = {{.name = archive.local[0].name, .compressed = 39, .size = 39},
                     {.name = "b", .local = 98}};
  archive.local.push_back({.name = "b"});
  archive.members = 2;
  const auto directory = Read(Bytes(archive));
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().slug, "zip/damaged");
  EXPECT_THAT(directory.error().message, HasSubstr("are partly the same bytes"));
}

}  // namespace
}  // namespace regraft::zip
