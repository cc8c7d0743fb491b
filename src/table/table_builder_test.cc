#include "table/table_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "table/test_tables.h"

namespace regraft::table {
namespace {

using ::testing::ElementsAre;

// What TensorFlow 2.15 and 2.21 wrote for these entries.
struct Golden {
  Pairs pairs;
  std::string file;
};

std::vector<Golden> Goldens() {
  return {
      // Four tensors.
      {{{"", Hex("08011a020801")},
        {"a", Hex("08011200200c2804355e2fe1a7")},
        {"b", Hex("0803120412020803280c356ebfb8c6")},
        {"s", Hex("080712041202080220102808359e9e48ed")},
        {"z", Hex("08091206120012020802201835d8ea82a2")}},
       Hex("00000608011a02080100010d6108011200200c2804355e2fe1a700010f620803120412020803280c356e"
           "bfb8c600011173080712041202080220102808359e9e48ed0001117a08091206120012020802201835d8"
           "ea82a200000000010000000088fac124000000000100000000c0f2a1b00001027b005f00000000010000"
           "0000ec6d65176408710e0000000000000000000000000000000000000000000000000000000000000000"
           "0000000057fb808b247547db")},
      // A tensor in two slices, whose keys share a prefix.
      {{{"", Hex("08011a020801")},
        {Hex("00700001010280828082"), Hex("080112081202080212020802281035938deb32")},
        {Hex("00700001010282828082"), Hex("0801120812020802120208022010281035f8e7bbaa")},
        {"p", Hex("0801120812020804120208023a080a0210020a0210023a0a0a04080210020a021002")}},
       Hex("00000608011a020801000a1300700001010280828082080112081202080212020802281035938deb3206"
           "0415828280820801120812020802120208022010281035f8e7bbaa000122700801120812020804120208"
           "023a080a0210020a0210023a0a0a04080210020a021002000000000100000000f368cc67000000000100"
           "000000c0f2a1b00001027100730000000001000000004e97c4a4780885010e0000000000000000000000"
           "00000000000000000000000000000000000000000000000057fb808b247547db")},
      // An object-based checkpoint.
      {{{"", Hex("08011a020801")},
        {"_CHECKPOINTABLE_OBJECT_GRAPH", Hex("08071200201428ae023531d3aad2")},
        {"model/bias/.ATTRIBUTES/VARIABLE_VALUE", Hex("080112041202080120102804350638271f")},
        {"model/kernel/.ATTRIBUTES/VARIABLE_VALUE",
         Hex("0801120812020802120208012008280835593ce535")},
        {"save_counter/.ATTRIBUTES/VARIABLE_VALUE", Hex("080912002808350175de41")}},
       Hex("00000608011a020801001c0e5f434845434b504f494e5441424c455f4f424a4543545f47524150480807"
           "1200201428ae023531d3aad20025116d6f64656c2f626961732f2e415454524942555445532f56415249"
           "41424c455f56414c5545080112041202080120102804350638271f0621156b65726e656c2f2e41545452"
           "4942555445532f5641524941424c455f56414c55450801120812020802120208012008280835593ce535"
           "00270b736176655f636f756e7465722f2e415454524942555445532f5641524941424c455f56414c5545"
           "080912002808350175de410000000001000000009edbea1b000000000100000000c0f2a1b00001037400"
           "e5010000000001000000001a0781adea0108f7010f000000000000000000000000000000000000000000"
           "0000000000000000000000000057fb808b247547db")}};
}

TEST(TableBuilder, WritesTensorFlowsBytes) {
  for (const Golden& golden : Goldens()) {
    EXPECT_EQ(Build(golden.pairs), golden.file) << golden.pairs.back().first;
    EXPECT_EQ(Scan(golden.file), golden.pairs);
  }
}

TEST(TableBuilder, EndsBlocksWhereTensorFlowDoes) {
  // Twenty thousand scalars that TensorFlow saved (docs/format/table.md, "A measured file").
  Pairs pairs = {{"", Hex("08011a020801")}};
  for (int i = 0; i < 20000; ++i) {
    const float value = static_cast<float>(i);
    std::string entry = Hex("08011200");
    if (i > 0) {
      entry += '\x20';
      AppendVarint(static_cast<std::uint64_t>(4 * i), entry);
    }
    entry += Hex("280435");
    AppendFixed32(digest::MaskCrc(digest::Crc32c(std::as_bytes(std::span(&value, 1)))), entry);
    pairs.emplace_back(fmt::format("layer_{:05}/kernel", i), entry);
  }
  const std::string file = Build(pairs);
  EXPECT_EQ(file.size(), 535795u);
  EXPECT_THAT(Blocks(file), ElementsAre(BlockRow{"layer_09866/kernel", 0, 262156, 9868, 617},
                                        BlockRow{"layer_19580/kernel", 262161, 262160, 9714, 608},
                                        BlockRow{"m", 524326, 11321, 419, 27}));
  std::string_view footer = std::string_view(file).substr(file.size() - kFooterBytes);
  const BlockHandle metaindex = *TakeHandle(footer), index = *TakeHandle(footer);
  EXPECT_EQ(metaindex.offset, 535652u);
  EXPECT_EQ(metaindex.size, 8u);
  EXPECT_EQ(index.offset, 535665u);
  EXPECT_EQ(index.size, 77u);
}

TEST(TableBuilder, GivesAnEntryOfTwoBlocksABlockOfItsOwn) {
  const auto keys = [](const std::string& file) {
    std::vector<std::pair<std::string, std::uint64_t>> out;
    for (const BlockRow& row : Blocks(file)) out.emplace_back(row.index_key, row.entries);
    return out;
  };
  using Keys = std::vector<std::pair<std::string, std::uint64_t>>;
  const auto pairs = [](std::size_t size) {
    return Pairs{{"", ""}, {"a", ""}, {"b", std::string(size, 'x')}, {"d", ""}};
  };
  const BuildOptions small{.block_size = 100};
  EXPECT_EQ(keys(Build(pairs(199), small)), (Keys{{"a", 2}, {"c", 1}, {"e", 1}}));
  // One byte less, and it ends the block that it comes into.
  EXPECT_EQ(keys(Build(pairs(198), small)), (Keys{{"c", 3}, {"e", 1}}));
}

TEST(TableBuilder, ShortensIndexKeysAsTensorFlowDoes) {
  const auto index_keys = [](const Pairs& pairs) {
    std::vector<std::string> out;
    for (const BlockRow& row : Blocks(Build(pairs, {.block_size = 1}))) {
      out.push_back(row.index_key);
    }
    return out;
  };
  EXPECT_THAT(index_keys({{"abc1", ""}, {"abe", ""}}), ElementsAre("abd", "b"));
  // The raised byte would reach the next key's; one is a prefix of the other.
  EXPECT_THAT(index_keys({{"abc1", ""}, {"abd", ""}}), ElementsAre("abc1", "b"));
  EXPECT_THAT(index_keys({{"ab", ""}, {"abc", ""}}), ElementsAre("ab", "b"));
  // Bytes that cannot be raised are kept.
  EXPECT_THAT(index_keys({{"\xff\xff", ""}}), ElementsAre("\xff\xff"));
  EXPECT_THAT(index_keys({{"\xff"
                           "a1",
                           ""}}),
              ElementsAre("\xff"
                          "b"));
}

TEST(TableBuilder, CompressesOnlyWhereItPays) {
  Pairs pairs;
  for (int i = 0; i < 100; ++i) pairs.emplace_back(fmt::format("{:05}", i), std::string(100, 'x'));
  EXPECT_LT(Build(pairs, {.snappy = true}).size(), Build(pairs).size() / 4);
  const Pairs small = {{"a", "b"}};
  EXPECT_EQ(Build(small, {.snappy = true}), Build(small));
}

}  // namespace
}  // namespace regraft::table
