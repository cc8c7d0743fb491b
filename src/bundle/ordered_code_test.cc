#include "bundle/ordered_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "testing/prefixes.h"

namespace regraft::bundle {
namespace {

using std::string_literals::operator""s;

// The bytes of one signed number: those of a slice key whose length is 0 (0x80).
std::string Signed(std::int64_t value) {
  const std::string key = EncodeSliceKey("", {{value, 0}});
  const std::string front = "\x00\x00\x01\x01\x01"s;
  EXPECT_EQ(key.substr(0, front.size()), front);
  EXPECT_EQ(key.back(), '\x80');
  return key.substr(front.size(), key.size() - front.size() - 1);
}

TEST(OrderedCode, WritesTensorFlowsSignedNumbers) {
  EXPECT_EQ(Signed(0), "\x80");
  EXPECT_EQ(Signed(1), "\x81");
  EXPECT_EQ(Signed(63), "\xbf");
  EXPECT_EQ(Signed(64), "\xc0\x40");
  EXPECT_EQ(Signed(8191), "\xdf\xff");
  EXPECT_EQ(Signed(8192), "\xe0\x20\x00"s);
  EXPECT_EQ(Signed(std::int64_t{1} << 20), "\xf0\x10\x00\x00"s);
  EXPECT_EQ(Signed(-1), "\x7f");
  EXPECT_EQ(Signed(-64), "\x40");
  EXPECT_EQ(Signed(-65), "\x3f\xbf");
  EXPECT_EQ(Signed(-2048), "\x38\x00"s);
  EXPECT_EQ(Signed(0x424242), "\xf0\x42\x42\x42");
  EXPECT_EQ(Signed(std::int64_t{1} << 55), "\xff\x80\x80\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(Signed(std::numeric_limits<std::int64_t>::max()),
            "\xff\xc0\x7f\xff\xff\xff\xff\xff\xff\xff");
}

TEST(SliceKey, IsTensorFlows) {
  EXPECT_EQ(EncodeSliceKey("p", {{0, 2}, {0, 2}}), "\x00p\x00\x01\x01\x02\x80\x82\x80\x82"s);
  EXPECT_EQ(EncodeSliceKey("p", {{0, 2}, {0, -1}}), "\x00p\x00\x01\x01\x02\x80\x82\x80\x7f"s);
  EXPECT_EQ(EncodeSliceKey("bias", {{0, -1}}),
            "\x00"
            "bias\x00\x01\x01\x01\x80\x7f"s);
  EXPECT_EQ(EncodeSliceKey("dir/p", {{3, 2}, {0, 3}}),
            "\x00"
            "dir/p\x00\x01\x01\x02\x83\x82\x80\x83"s);
  EXPECT_EQ(EncodeSliceKey("a\x00\xff"s, {{0, 1}}),
            "\x00"
            "a\x00\xff\xff\x00\x00\x01\x01\x01\x80\x81"s);
}

std::vector<std::int64_t> Interesting() {
  std::vector<std::int64_t> values = {0, std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t near : {-1, 0, 1}) {
      values.push_back((std::int64_t{1} << bit) + near);
      values.push_back(-(std::int64_t{1} << bit) + near);
    }
  }
  return values;
}

TEST(SliceKey, ComesBack) {
  for (const std::int64_t value : Interesting()) {
    const std::string key = EncodeSliceKey("a\x00/\xff"s, {{value, 7}, {-1, value}});
    const auto decoded = DecodeSliceKey(key);
    ASSERT_TRUE(decoded) << value;
    EXPECT_EQ(decoded->name, "a\x00/\xff"s);
    EXPECT_EQ(decoded->slice, (wire::TensorSlice{{value, 7}, {-1, value}}));
  }
}

TEST(SliceKey, SortsAsTheNumbersDo) {
  std::vector<std::int64_t> values = Interesting();
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (std::size_t i = 1; i < values.size(); ++i) {
    EXPECT_LT(Signed(values[i - 1]), Signed(values[i])) << values[i];
  }
}

TEST(SliceKey, HasOneSpelling) {
  // Whatever decodes is what the encoder would have written, so a changed key is another
  // slice or none.
  const std::string key = EncodeSliceKey("a\xff", {{0, 200}, {-70, 9000}});
  testing::ForEveryPrefix(key, [](std::string_view cut) { EXPECT_FALSE(DecodeSliceKey(cut)); });
  for (std::size_t at = 0; at < key.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = key;
      changed[at] = static_cast<char>(byte);
      const auto decoded = DecodeSliceKey(changed);
      if (decoded) {
        EXPECT_EQ(EncodeSliceKey(decoded->name, decoded->slice), changed);
      } else {
        EXPECT_EQ(decoded.error().slug, "bundle/bad-slice-key");
      }
    }
  }
}

TEST(SliceKey, RefusesWhatOnlyBeginsLikeOne) {
  EXPECT_FALSE(DecodeSliceKey("\x00name"s));
  EXPECT_FALSE(DecodeSliceKey("name"));
  EXPECT_FALSE(DecodeSliceKey(""));
  EXPECT_FALSE(DecodeSliceKey("\x00p\x00\x01\x00"s)) << "a scalar is never sliced";
  EXPECT_FALSE(DecodeSliceKey("\x00p\x00\x01\x08\xff\xff\xff\xff\xff\xff\xff\xff\x80\x80"s));
  EXPECT_FALSE(DecodeSliceKey(EncodeSliceKey("p", {{0, 1}}) + "x"));
}

}  // namespace
}  // namespace regraft::bundle
