#include "formats/hdf5/contents.h"

#include <gtest/gtest.h>

#include "io/byte_source.h"
#include "testing/golden.h"
#include "testing/prefixes.h"

namespace regraft::hdf5 {
namespace {

Result<Contents> Read(std::string_view bytes) {
  const auto source = io::MemorySource("a.h5", std::as_bytes(std::span(bytes)));
  return ReadContents(*source);
}

// Everything that a file says, as text; the error's slug if it is refused.
std::string Said(const Result<Contents>& contents) {
  if (!contents) return contents.error().slug;
  std::string text;
  for (const Dataset& dataset : contents->datasets) {
    text += dataset.path + ' ' + dataset.spec.ToString() + ' ' +
            (dataset.fault ? dataset.fault->slug : std::to_string(dataset.where.offset)) + '\n';
  }
  for (const auto& [group, attributes] : contents->groups) {
    for (const auto& [name, attribute] : attributes) {
      text += group + '@' + name + " =";
      for (const std::string& one : attribute.texts) text += ' ' + one;
      for (const std::int64_t one : attribute.numbers) text += ' ' + std::to_string(one);
      text += '\n';
    }
  }
  return text;
}

TEST(Hdf5Contents, ReadsADatasetAndAnAttribute) {
  EXPECT_EQ(Said(Read(testing::Golden("formats/plain.h5"))),
            "k float32[2] 2048\n"
            "@name = zz\n");
}

TEST(Hdf5Contents, ReadsWhatKeras3Writes) {
  const auto contents = Read(testing::Golden("formats/keras3.weights.h5"));
  ASSERT_TRUE(contents) << contents.error().ToString();
  ASSERT_EQ(contents->datasets.size(), 2u);
  EXPECT_EQ(contents->datasets[0].path, "layers/dense/vars/0");
  EXPECT_EQ(contents->datasets[0].spec.ToString(), "float32[2,1]");
  EXPECT_EQ(contents->datasets[1].path, "layers/dense/vars/1");
  ASSERT_NE(contents->Find("layers/dense/vars", "name"), nullptr);
  EXPECT_EQ(contents->Find("layers/dense/vars", "name")->texts, std::vector<std::string>{"zz"});
  EXPECT_EQ(contents->Find("layers/dense", "name"), nullptr);
}

TEST(Hdf5Contents, ReadsWhatKeras2Writes) {
  const auto contents = Read(testing::Golden("formats/keras2.h5"));
  ASSERT_TRUE(contents) << contents.error().ToString();
  ASSERT_NE(contents->Find("model_weights", "layer_names"), nullptr);
  EXPECT_EQ(contents->Find("model_weights", "layer_names")->texts, std::vector<std::string>{"zz"});
  EXPECT_FALSE(contents->Find("model_weights", "layer_names")->scalar);
  ASSERT_NE(contents->Find("", "model_config"), nullptr);
  EXPECT_TRUE(contents->Find("", "model_config")->texts[0].starts_with("{\""));
}

TEST(Hdf5Contents, ReadsBehindABlockOfTheUsersOwn) {
  const std::string plain = testing::Golden("formats/plain.h5");
  std::string shifted = std::string(512, 'u') + plain;
  const auto contents = Read(shifted);
  ASSERT_TRUE(contents) << contents.error().ToString();
  EXPECT_EQ(contents->base, 512u);
  EXPECT_EQ(contents->datasets[0].where.offset, 2048u + 512u);
}

TEST(Hdf5Contents, EveryPrefixIsRefusedByName) {
  for (const char* name : {"formats/plain.h5", "formats/keras3.weights.h5"}) {
    testing::ForEveryPrefix(testing::Golden(name), [](std::string_view prefix) {
      const auto contents = Read(prefix);
      ASSERT_FALSE(contents);
      EXPECT_EQ(contents.error().slug, "hdf5/damaged");
      EXPECT_EQ(contents.error().code, ErrorCode::kCorrupt);
    });
  }
}

// The format has no checksums: a changed byte may be another name or value, and never a read
// outside of the file, or another kind of failure.
TEST(Hdf5Contents, EveryFlippedByteIsReadOrRefusedByName) {
  std::size_t refused = 0, faults = 0, all = 0;
  const std::string golden = testing::Golden("formats/keras3.weights.h5");
  testing::ForEveryByteFlip(golden, [&](std::string_view changed, std::size_t at) {
    const auto contents = Read(changed);
    ++all;
    if (!contents) {
      EXPECT_TRUE(contents.error().slug.starts_with("hdf5/")) << at << contents.error().slug;
      ++refused;
      return;
    }
    for (const Dataset& dataset : contents->datasets) {
      if (dataset.fault) {
        EXPECT_TRUE(dataset.fault->slug.starts_with("hdf5/")) << at;
        ++faults;
      } else {
        EXPECT_LE(dataset.where.offset + dataset.where.bytes, changed.size()) << at;
      }
    }
  });
  EXPECT_EQ(all, golden.size() * 4);
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(faults, 10u);
}

}  // namespace
}  // namespace regraft::hdf5
