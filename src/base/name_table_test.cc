#include "base/name_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace regraft {
namespace {

TEST(NameTable, KeepsTheFirstNumberOfEachName) {
  NameTable table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.Find("a"), nullptr);
  EXPECT_EQ(table.Find(""), nullptr);
  EXPECT_TRUE(table.Add("a", 1).second);
  const auto [number, fresh] = table.Add("a", 2);
  EXPECT_FALSE(fresh);
  EXPECT_EQ(*number, 1u);
  *number = 3;
  EXPECT_EQ(*table.Find("a"), 3u);
  EXPECT_TRUE(table.Add({}, 4).second);
  EXPECT_EQ(*table.Find(""), 4u);
  EXPECT_EQ(table.size(), 2u);
}

TEST(NameTable, FindsAllThatWereAddedWhateverWasExpected) {
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) names.push_back("layer_" + std::to_string(i) + "/kernel");
  for (const std::size_t expected : {std::size_t{0}, names.size()}) {
    NameTable table(expected);
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_TRUE(table.Add(names[i], i).second);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string copy = names[i];
      ASSERT_NE(table.Find(copy), nullptr);
      EXPECT_EQ(*table.Find(copy), i);
    }
    EXPECT_EQ(table.Find("layer_20000/kernel"), nullptr);
  }
}

}  // namespace
}  // namespace regraft
