#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>

#include "io/crc32c.h"
#include "table/format.h"
#include "table/table_builder.h"
#include "table/table_reader.h"
#include "testing/files.h"
#include "testing/prefixes.h"

namespace regraft::table {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<const io::ByteSource> Source(std::string_view bytes) {
  return io::MemorySource("x.index", std::as_bytes(std::span(bytes)));
}

Result<Pairs> Scan(std::string_view bytes, bool verify = true) {
  Pairs pairs;
  const Status status = ScanTable(*Source(bytes), {.verify_checksums = verify},
                                  [&](std::string_view key, std::string_view value) -> Status {
                                    pairs.emplace_back(key, value);
                                    return {};
                                  });
  if (!status) return Fail(status.error());
  return pairs;
}

std::string Build(const Pairs& pairs, BuildOptions options = {}) {
  TableBuilder builder(options);
  for (const auto& [key, value] : pairs) builder.Add(key, value);
  return std::move(builder).Finish();
}

Pairs Many(int count) {
  Pairs pairs = {{"", "header"}};
  for (int i = 0; i < count; ++i) pairs.emplace_back(fmt::format("layer_{:05}/kernel", i), fmt::format("value {}", i));
  return pairs;
}

TEST(Table, ReadsBackWhatIsBuilt) {
  for (const int count : {0, 1, 15, 16, 17, 40, 1000}) {
    for (const std::size_t block_size : {std::size_t{1}, std::size_t{100}, std::size_t{262144}}) {
      for (const bool snappy : {false, true}) {
        const Pairs pairs = Many(count);
        const auto read = Scan(Build(pairs, {.block_size = block_size, .snappy = snappy}));
        ASSERT_TRUE(read) << count << " " << block_size;
        EXPECT_EQ(*read, pairs);
      }
    }
  }
  EXPECT_EQ(*Scan(Build({})), Pairs{});
}

TEST(TableBuilder, EndsBlocksWhereTensorFlowDoes) {
  // Twenty thousand scalars that TensorFlow saved: its block sizes and its index keys
  // (docs/format/table.md, "A measured file").
  Pairs pairs = {{"", std::string("\x08\x01\x1a\x02\x08\x01", 6)}};
  for (int i = 0; i < 20000; ++i) {
    const float value = static_cast<float>(i);
    const std::string_view bytes(reinterpret_cast<const char*>(&value), 4);
    std::string entry("\x08\x01\x12\x00", 4);
    if (i > 0) {
      entry += '\x20';
      AppendVarint(static_cast<std::uint64_t>(4 * i), entry);
    }
    entry += "\x28\x04\x35";
    AppendFixed32(io::MaskCrc(io::Crc32c(std::as_bytes(std::span(bytes)))), entry);
    pairs.emplace_back(fmt::format("layer_{:05}/kernel", i), entry);
  }
  const std::string file = Build(pairs);
  EXPECT_EQ(file.size(), 535795u);
  std::string_view footer = std::string_view(file).substr(file.size() - kFooterBytes);
  const auto metaindex = TakeHandle(footer), index = TakeHandle(footer);
  EXPECT_EQ(metaindex->offset, 535652u);
  EXPECT_EQ(metaindex->size, 8u);
  EXPECT_EQ(index->offset, 535665u);
  EXPECT_EQ(index->size, 77u);
  const std::string_view block = std::string_view(file).substr(index->offset, index->size);
  for (const char* key : {"layer_09866/kernel", "layer_19580/kernel"}) {
    EXPECT_NE(block.find(key), std::string_view::npos) << key;
  }
  EXPECT_EQ(*Scan(file), pairs);
}

TEST(TableBuilder, CompressesOnlyWhereItPays) {
  Pairs pairs;
  for (int i = 0; i < 100; ++i) pairs.emplace_back(fmt::format("{:05}", i), std::string(100, 'x'));
  EXPECT_LT(Build(pairs, {.snappy = true}).size(), Build(pairs).size() / 4);
  const Pairs small = {{"a", "b"}};
  EXPECT_EQ(Build(small, {.snappy = true}), Build(small));
}

TEST(TableReader, RefusesEveryPrefix) {
  const std::string file = Build(Many(40), {.block_size = 300});
  testing::ForEveryPrefix(file, [](std::string_view cut) {
    const auto read = Scan(cut);
    ASSERT_FALSE(read) << cut.size();
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(read.error().file, "x.index");
  });
}

TEST(TableReader, NoticesEveryFlipOrGivesTheSameAnswer) {
  for (const bool snappy : {false, true}) {
    Pairs pairs = Many(60);
    for (auto& [key, value] : pairs) value += std::string(50, 'y');
    const std::string file = Build(pairs, {.block_size = 600, .snappy = snappy});
    testing::ForEveryByteFlip(file, [&](std::string_view flipped, std::size_t at) {
      if (const auto read = Scan(flipped)) {
        EXPECT_EQ(*read, pairs) << at;
      }
    });
  }
}

TEST(TableReader, SurvivesEveryFlipWithoutChecksums) {
  for (const bool snappy : {false, true}) {
    const std::string file = Build(Many(60), {.block_size = 600, .snappy = snappy});
    std::size_t accepted = 0;
    testing::ForEveryByteFlip(file, [&](std::string_view flipped, std::size_t) {
      const auto read = Scan(flipped, /*verify=*/false);
      if (!read) return;
      ++accepted;
      for (std::size_t i = 1; i < read->size(); ++i) EXPECT_LT((*read)[i - 1].first, (*read)[i].first);
    });
    EXPECT_GT(accepted, 0u);
  }
}

TEST(TableReader, NamesWhatIsWrong) {
  const std::string file = Build(Many(3));
  const auto slug = [](std::string_view bytes) {
    const auto read = Scan(bytes);
    return read ? std::string("read") : read.error().slug;
  };
  EXPECT_EQ(slug(""), "table/too-short");
  EXPECT_EQ(slug(std::string(100, 'x')), "table/bad-magic");
  EXPECT_EQ(slug("x" + file), "table/checksum");
  std::string changed = file;
  changed[5] ^= 1;
  EXPECT_EQ(slug(changed), "table/checksum");
  // A handle that reaches past the end.
  std::string footer;
  AppendHandle({0, 0}, footer);
  AppendHandle({10, 1u << 30}, footer);
  footer.resize(kFooterBytes - 8, '\0');
  EXPECT_EQ(slug(file.substr(0, file.size() - kFooterBytes) + footer + file.substr(file.size() - 8)), "table/block-past-end");
}

TEST(TableReader, RefusesKeysOutOfOrder) {
  // "b" then "a", in one block that is otherwise sound.
  std::string block;
  for (const char* key : {"b", "a"}) block += std::string("\0\x01\0", 3) + key;
  AppendFixed32(0, block);
  AppendFixed32(1, block);
  const auto add = [](std::string& out, std::string contents) {
    const BlockHandle handle{out.size(), contents.size()};
    contents += '\0';
    const std::uint32_t crc = io::Crc32c(std::as_bytes(std::span(contents)));
    out += contents;
    AppendFixed32(io::MaskCrc(crc), out);
    return handle;
  };
  std::string file;
  std::string value, index;
  AppendHandle(add(file, block), value);
  index += std::string("\0\x01", 2) + static_cast<char>(value.size()) + "c" + value;
  AppendFixed32(0, index);
  AppendFixed32(1, index);
  const BlockHandle at = add(file, index);
  std::string footer;
  AppendHandle({0, 0}, footer);
  AppendHandle(at, footer);
  footer.resize(kFooterBytes - 8, '\0');
  AppendFixed32(static_cast<std::uint32_t>(kMagic), footer);
  AppendFixed32(static_cast<std::uint32_t>(kMagic >> 32), footer);
  EXPECT_EQ(Scan(file + footer).error().slug, "table/key-order");
}

TEST(TableReader, PassesOnTheVisitorsError) {
  const std::string file = Build(Many(3));
  int calls = 0;
  const Status status = ScanTable(*Source(file), {}, [&](std::string_view, std::string_view) -> Status {
    ++calls;
    return Fail(Error(ErrorCode::kUnmet, "test/enough", "enough"));
  });
  EXPECT_EQ(status.error().slug, "test/enough");
  EXPECT_EQ(calls, 1);
}

TEST(TableReader, ReadsASmallFileAtOnce) {
  const testing::MemoryFiles memory(std::map<std::string, std::string>{{"i", Build(Many(5000))}});
  const testing::CountingFiles files(memory);
  const auto source = files.Open("i");
  ASSERT_TRUE(ScanTable(**source, {}, [](std::string_view, std::string_view) -> Status { return {}; }));
  EXPECT_EQ(files.reads(), 1u);
}

TEST(LooksLikeTable, LooksAtTheEnd) {
  EXPECT_TRUE(LooksLikeTable(*Source(Build({}))));
  EXPECT_FALSE(LooksLikeTable(*Source("")));
  EXPECT_FALSE(LooksLikeTable(*Source(std::string(200, 'x'))));
}

TEST(Varint, IsAtMostTenBytes) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    std::string bytes;
    AppendVarint(value, bytes);
    std::string_view text = bytes;
    EXPECT_EQ(TakeVarint(text), value);
    EXPECT_TRUE(text.empty());
    text = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_EQ(TakeVarint(text), std::nullopt);
  }
  std::string_view long_one = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  EXPECT_EQ(TakeVarint(long_one), std::nullopt);
  std::string_view wide = "\xff\xff\xff\xff\x1f";
  EXPECT_EQ(TakeVarint32(wide), std::nullopt);
}

}  // namespace
}  // namespace regraft::table
