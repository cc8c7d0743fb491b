#include "regraft/mapped.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <utility>

#include "regraft/checkpoint.h"
#include "testing/files.h"
#include "testing/prefixes.h"
#include "testing/tiny_bundle.h"

namespace regraft {
namespace {

using testing::BytesOf;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::TinyBundle;

struct Saved {
  explicit Saved(const TinyBundle& bundle) : files(bundle.Files("p")) {}
  CheckpointReader Open(bool verify = true) const {
    auto opened = CheckpointReader::Open(files, "p", {.verify_checksums = verify});
    EXPECT_TRUE(opened) << opened.error().ToString();
    return *std::move(opened);
  }
  MemoryFiles files;
};

Result<CheckpointReader> Through(const CheckpointReader& reader, std::string_view toml) {
  const auto map = ParseTensorMap(toml);
  EXPECT_TRUE(map) << (map ? "" : map.error().ToString());
  return Mapped(reader, *map);
}

std::string Bytes(const CheckpointReader& reader, const Entry& entry) {
  std::string out(entry.spec.Bytes().value_or(0), '\0');
  const Status read = reader.Read(entry, std::as_writable_bytes(std::span(out)));
  EXPECT_TRUE(read) << read.error().ToString();
  return out;
}

std::vector<float> Floats(const CheckpointReader& reader, std::string_view key) {
  const Entry* const entry = reader.Find(key);
  EXPECT_NE(entry, nullptr) << key;
  if (entry == nullptr) return {};
  const std::string bytes = Bytes(reader, *entry);
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

TinyBundle Layers() {
  TinyBundle bundle;
  bundle.AddFloats("dense/kernel", {2, 3}, {0, 1, 2, 3, 4, 5});
  bundle.AddFloats("dense/bias", {3}, {6, 7, 8});
  bundle.AddFloats("qkv", {3, 2}, {0, 1, 2, 3, 4, 5});
  bundle.AddStrings("text", {1}, {"hi"});
  bundle.AddSlice("parts", DType::kFloat32, {2, 2}, {{0, 1}, {0, 2}}, BytesOf<float>({0, 1}));
  bundle.AddSlice("parts", DType::kFloat32, {2, 2}, {{1, 1}, {0, 2}}, BytesOf<float>({2, 3}));
  return bundle;
}

constexpr std::string_view kLayers = R"(
map.name = "test"
[[rule]]
from = "dense/kernel"
to = "fc.weight"
do = "transpose"
[[rule]]
from = "dense/bias"
to = "fc.bias"
[[rule]]
from = "dense/bias"
to = "fc.zeros"
do = "fill 0"
shared = true
[[rule]]
from = "qkv"
to = "attn.{x=q,k,v}"
do = "unstack 0"
[[rule]]
from = "text"
to = "note.text"
[[rule]]
from = "parts"
to = "whole.weight"
do = "transpose"
)";

TEST(Mapped, HasTheTensorsThatTheMapMakes) {
  const Saved saved(Layers());
  const auto view = Through(saved.Open(), kLayers);  // The source is closed meanwhile.
  ASSERT_TRUE(view) << view.error().ToString();
  std::vector<std::string> keys;
  for (const Entry& entry : view->entries()) keys.push_back(entry.key);
  EXPECT_THAT(keys, ::testing::ElementsAre("attn.k", "attn.q", "attn.v", "fc.bias", "fc.weight",
                                           "fc.zeros", "note.text", "whole.weight"));
  EXPECT_EQ(Floats(*view, "fc.weight"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(Floats(*view, "fc.bias"), (std::vector<float>{6, 7, 8}));
  EXPECT_EQ(Floats(*view, "fc.zeros"), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(Floats(*view, "attn.k"), (std::vector<float>{2, 3}));
  EXPECT_EQ(Floats(*view, "whole.weight"), (std::vector<float>{0, 2, 1, 3}));
  EXPECT_EQ(view->ReadStrings(*view->Find("note.text")).value(), std::vector<std::string>{"hi"});
  EXPECT_EQ(view->Find("fc.weight")->paths, std::vector<std::string>{"fc/weight"});
}

TEST(Mapped, SaysWhatItsTensorsAreMadeOf) {
  const Saved saved(Layers());
  const auto view = Through(saved.Open(), kLayers);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->Find("fc.weight")->made_of, "transpose of dense/kernel [2,3]");
  EXPECT_EQ(view->Find("fc.bias")->made_of, "dense/bias [3]");
  EXPECT_EQ(view->Find("attn.v")->made_of, "unstack 0 of qkv [3,2], part 3 of 3");
  EXPECT_THAT(std::string(view->notes().back()), HasSubstr("the map test: 8 tensors, of which 6"));
}

TEST(Mapped, ReadsWhatOnlyHasAnotherNameFromWhereItIs) {
  const Saved saved(Layers());
  const CheckpointReader source = saved.Open();
  const auto view = Through(source, kLayers);
  ASSERT_TRUE(view);
  const auto there = source.StoredPieces(*source.Find("dense/bias"));
  const auto here = view->StoredPieces(*view->Find("fc.bias"));
  ASSERT_TRUE(here);
  EXPECT_EQ((*here)[0].file, (*there)[0].file);
  EXPECT_EQ((*here)[0].offset, (*there)[0].offset);
  EXPECT_TRUE((*here)[0].native);
  const auto made = view->StoredPieces(*view->Find("fc.weight"));
  ASSERT_TRUE(made);
  EXPECT_FALSE((*made)[0].native);
  EXPECT_EQ((*made)[0].file, "p!fc.weight");
}

TEST(Mapped, IsAnotherCheckpointThanItsSource) {
  const Saved saved(Layers());
  const CheckpointReader source = saved.Open();
  TensorMap map = *ParseTensorMap(kLayers);
  const std::string one = Mapped(source, map)->catalog().fingerprint;
  EXPECT_NE(one, source.catalog().fingerprint);
  EXPECT_EQ(one, Mapped(source, map)->catalog().fingerprint);
  map.rules[0].ops = {"transpose 1 0", "transpose", "transpose"};
  EXPECT_NE(one, Mapped(source, map)->catalog().fingerprint);
}

TEST(Mapped, VerifiesWhatItIsMadeOf) {
  Saved saved(Layers());
  {
    const auto view = Through(saved.Open(), kLayers);
    EXPECT_EQ(view->Verify(*view->Find("fc.weight")).value(), Integrity::kVerified);
  }
  std::string& data = saved.files.content()["p.data-00000-of-00001"];
  const float one = 1;
  const std::size_t at = data.find(std::string(reinterpret_cast<const char*>(&one), 4));
  ASSERT_NE(at, std::string::npos);
  data[at] ^= 1;  // Of dense/kernel, which was added first.
  const auto view = Through(saved.Open(), kLayers);
  std::string out(24, '\0');
  const Status read = view->Read(*view->Find("fc.weight"), std::as_writable_bytes(std::span(out)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(view->Verify(*view->Find("fc.weight")));
  EXPECT_EQ(Floats(*view, "fc.bias"), (std::vector<float>{6, 7, 8}));
  const auto unverified = Through(saved.Open(/*verify=*/false), kLayers);
  EXPECT_EQ(Floats(*unverified, "fc.weight")[0], 0);
}

TEST(Mapped, ReadsSlices) {
  const Saved saved(Layers());
  const auto view = Through(saved.Open(), kLayers);
  const SliceRange ranges[] = {{1, 2}, {1, 1}};
  std::vector<float> out(2);
  ASSERT_TRUE(
      view->ReadSlice(*view->Find("fc.weight"), ranges, std::as_writable_bytes(std::span(out))));
  EXPECT_EQ(out, (std::vector<float>{4, 5}));
}

// Maps of ops that move values, drawn by chance.
class RandomMap {
 public:
  explicit RandomMap(unsigned seed) : random_(seed) {}

  std::int64_t Number(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  std::string Op(const Shape& shape) {
    const auto rank = static_cast<int>(shape.rank());
    const auto axis = [&] { return Number(0, rank - 1); };
    switch (Number(0, 5)) {
      case 0: {
        std::vector<int> axes(shape.rank());
        std::iota(axes.begin(), axes.end(), 0);
        std::shuffle(axes.begin(), axes.end(), random_);
        std::string text = "transpose";
        for (const int each : axes) text += " " + std::to_string(each);
        return text;
      }
      case 1:
        return "flatten " + std::to_string(axis());
      case 2:
        return "expand " + std::to_string(axis());
      case 3: {
        const auto at = axis();
        return "blocks " + std::to_string(at) + " " +
               (shape[static_cast<std::size_t>(at)] % 2 == 0 ? "2 1 0" : "1 0");
      }
      case 4:
        return "reshape -1 " + std::to_string(shape[shape.rank() - 1]);
      default:
        return "transpose";
    }
  }

  std::mt19937& random() { return random_; }

 private:
  std::mt19937 random_;
};

TEST(Mapped, GivesTheSameBytesWhenAMapIsDoneAndUndone) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    RandomMap draw(seed);
    TinyBundle bundle;
    std::string toml;
    for (int tensor = 0; tensor < 4; ++tensor) {
      std::vector<std::int64_t> dims;
      const auto rank = draw.Number(1, 4);
      for (int i = 0; i < rank; ++i) dims.push_back(draw.Number(1, 4));
      const Shape shape = *Shape::Make(dims);
      const auto parts = draw.Number(1, 3);
      std::string from;
      for (int part = 0; part < parts; ++part) {
        const std::string name = std::to_string(tensor) + "/" + std::to_string(part);
        std::vector<float> values(static_cast<std::size_t>(shape.num_elements()));
        for (float& value : values) value = static_cast<float>(draw.Number(0, 1000));
        bundle.AddFloats(name, shape, values);
        from += (part == 0 ? "\"" : ", \"") + name + "\"";
      }
      std::string ops = "\"" + draw.Op(shape) + "\"";
      if (parts > 1) ops += draw.Number(0, 1) == 0 ? ", \"concat 0\"" : ", \"stack 0\"";
      ops += ", \"transpose\"";
      toml += "[[rule]]\nfrom = [" + from + "]\nto = \"t." + std::to_string(tensor) + "\"\ndo = [" +
              ops + "]\n";
    }
    const Saved saved(bundle);
    const CheckpointReader source = saved.Open();
    const TensorMap map = *ParseTensorMap(toml);
    const auto resolved = Resolve(map, source.catalog());
    ASSERT_TRUE(resolved) << toml << resolved.error().ToString();
    const auto there = Mapped(source, map);
    ASSERT_TRUE(there) << toml;
    const auto inverse = Inverse(*resolved, source.catalog());
    ASSERT_TRUE(inverse) << toml << inverse.error().ToString();
    const auto back = Mapped(*there, *inverse);
    ASSERT_TRUE(back) << toml << back.error().ToString();
    ASSERT_EQ(back->entries().size(), source.entries().size());
    for (const Entry& entry : source.entries()) {
      const Entry* const again = back->Find(entry.key);
      ASSERT_NE(again, nullptr) << entry.key;
      EXPECT_EQ(again->spec, entry.spec) << toml;
      EXPECT_EQ(Bytes(*back, *again), Bytes(source, entry)) << toml;
    }
  }
}

}  // namespace
}  // namespace regraft
