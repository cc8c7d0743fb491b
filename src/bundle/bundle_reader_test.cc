#include "bundle/bundle_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <complex>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bundle/ordered_code.h"
#include "io/byte_source.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {
namespace {

using std::string_literals::operator""s;
using testing::BytesOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TinyBundle;

// A reader and the files that it reads.
struct Opened {
  explicit Opened(const TinyBundle& bundle) : Opened(bundle.Files("p")) {}
  explicit Opened(std::map<std::string, std::string> content)
      : files(std::move(content)), reader(BundleReader::Open(files, "p", {})) {}

  const archive::StoredTensor& at(std::string_view key) const {
    return (*reader)->tensors()[static_cast<std::size_t>((*reader)->Find(key))];
  }
  Result<std::string> Read(std::string_view key, bool verify = true) const {
    std::string out(at(key).spec.Bytes().value_or(0), '\xaa');
    const Status status = (*reader)->Read(at(key), std::as_writable_bytes(std::span(out)), verify);
    if (!status) return Fail(status.error());
    return out;
  }
  std::string Slug(std::string_view key) const {
    const auto read = Read(key);
    return read ? "" : read.error().slug;
  }

  testing::MemoryFiles files;
  Result<std::unique_ptr<const BundleReader>> reader;
};

TinyBundle Header(const wire::BundleHeader& header) {
  TinyBundle bundle;
  bundle.AddFloats("a", {1}, {1}).PutRaw("", wire::EncodeBundleHeader(header));
  return bundle;
}

TEST(BundleReader, ChecksTheVersion) {
  EXPECT_TRUE(Opened(Header({1, false, {5, 1, {2}}})).reader);
  EXPECT_TRUE(Opened(Header({1, false, {}})).reader);
  EXPECT_EQ(Opened(Header({1, false, {1, 2, {}}})).reader.error().slug, "bundle/version");
  EXPECT_EQ(Opened(Header({1, false, {1, 0, {3, 1}}})).reader.error().slug, "bundle/version");
  EXPECT_EQ(Opened(Header({1, false, {-1, 0, {}}})).reader.error().slug, "bundle/version");
  const Opened newer(Header({1, false, {1, 2, {}}}));
  EXPECT_EQ(newer.reader.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(newer.reader.error().file, "p.index");
  EXPECT_THAT(newer.reader.error().message, HasSubstr("asks for a reader of version 2"));
}

TEST(BundleReader, RefusesAnIndexWithoutHeader) {
  TinyBundle bundle;
  bundle.AddFloats("a", {1}, {1}).Leave("");
  EXPECT_EQ(Opened(bundle).reader.error().slug, "bundle/no-header");
  EXPECT_EQ(Opened(TinyBundle().Leave("")).reader.error().slug, "bundle/no-header");
  EXPECT_EQ(Opened(TinyBundle().PutRaw("", "\x08")).reader.error().slug, "bundle/bad-header");
  EXPECT_EQ(Opened(Header({-1, false, {}})).reader.error().slug, "bundle/bad-header");
}

TEST(BundleReader, LooksForShardZeroOfZeroUnderAnEmptyHeader) {
  const Opened opened(TinyBundle().AddFloats("a", {1}, {1}).PutRaw("", ""));
  ASSERT_TRUE(opened.reader);
  EXPECT_EQ((*opened.reader)->num_files(), 0);
  EXPECT_EQ((*opened.reader)->FilePath(0), "p.data-00000-of-00000");
  EXPECT_EQ(opened.Slug("a"), "bundle/shard-missing");
}

TEST(BundleReader, OpensNoDataFile) {
  auto content = TinyBundle().AddFloats("a", {2}, {1, 2}).Files("p");
  content.erase("p.data-00000-of-00001");
  const Opened opened(content);
  ASSERT_TRUE(opened.reader);
  EXPECT_EQ((*opened.reader)->tensors().size(), 1u);
}

TEST(BundleReader, ListsABadEntryAndReadsTheOthers) {
  const auto with = [](const std::function<void(wire::BundleEntry&)>& change) {
    return Opened(
        TinyBundle().AddFloats("a", {2}, {1, 2}).AddFloats("b", {2}, {3, 4}).Edit("b", change));
  };
  const auto expect = [](const Opened& opened, std::string_view slug) {
    ASSERT_TRUE(opened.reader);
    ASSERT_EQ((*opened.reader)->tensors().size(), 2u);
    EXPECT_EQ(opened.Read("a"), BytesOf<float>({1, 2}));
    ASSERT_EQ(opened.at("b").fault.size(), 1u);
    ASSERT_EQ(opened.at("b").pieces.size(), 1u);
    const Error& fault = opened.at("b").fault.front();
    EXPECT_EQ(fault.slug, slug);
    EXPECT_EQ(fault.key, "b");
    EXPECT_EQ(fault.file, "p.index");
    EXPECT_EQ(opened.Slug("b"), slug);
    EXPECT_FALSE((*opened.reader)->ReadRaw(opened.at("b"), false));
  };
  expect(with([](auto& entry) { entry.size = 7; }), "bundle/size");
  expect(with([](auto& entry) { entry.dtype = 2; }), "bundle/size");
  expect(with([](auto& entry) { entry.shape.dims = {3}; }), "bundle/size");
  expect(with([](auto& entry) { entry.shape.dims = {-1}; }), "tensor/bad-shape");
  expect(with([](auto& entry) { entry.shape.dims = {1ll << 40, 1ll << 40}; }), "tensor/bad-shape");
  expect(with([](auto& entry) { entry.shape.dims = {1ll << 62}; }), "tensor/too-large");
  expect(with([](auto& entry) { entry.shape.unknown_rank = true; }), "bundle/bad-entry");
  expect(with([](auto& entry) { entry.shard_id = 1; }), "bundle/bad-entry");
  expect(with([](auto& entry) { entry.shard_id = -1; }), "bundle/bad-entry");
  expect(with([](auto& entry) { entry.offset = -8; }), "bundle/bad-entry");
  expect(with([](auto& entry) { entry.size = -8; }), "bundle/bad-entry");
  expect(with([](auto& entry) { entry.offset = std::numeric_limits<std::int64_t>::max(); }),
         "bundle/bad-entry");
  expect(Opened(TinyBundle().AddFloats("a", {2}, {1, 2}).PutRaw("b", "\x08")), "bundle/bad-entry");
}

TEST(BundleReader, ChecksTheSizeOfStringsAndVariants) {
  const auto fault = [](DType dtype, Shape shape, std::int64_t size) {
    TinyBundle bundle;
    bundle.Add("t", dtype, std::move(shape), "").Edit("t", [&](auto& entry) { entry.size = size; });
    const Opened opened(bundle);
    return opened.at("t").fault.empty() ? "" : opened.at("t").fault.front().slug;
  };
  EXPECT_EQ(fault(DType::kString, {0}, 0), "");
  EXPECT_EQ(fault(DType::kString, {0}, 4), "");
  EXPECT_EQ(fault(DType::kString, {0}, 5), "bundle/size");
  EXPECT_EQ(fault(DType::kString, {3}, 7), "");
  EXPECT_EQ(fault(DType::kString, {3}, 6), "bundle/size");
  EXPECT_EQ(fault(DType::kString, {std::numeric_limits<std::int64_t>::max()}, 3), "bundle/size");
  EXPECT_EQ(fault(DType::kVariant, {2}, 10), "");
  EXPECT_EQ(fault(DType::kVariant, {2}, 9), "bundle/size");
  EXPECT_EQ(fault(DType{99}, {2}, 9), "");
}

TEST(BundleReader, ReadsOpaqueTypesOnlyRaw) {
  const Opened opened(TinyBundle().Add("t", DType{99}, {2}, "abc"));
  EXPECT_EQ(opened.at("t").spec.ToString(), "dtype(99)[2]");
  EXPECT_EQ((*opened.reader)->ReadRaw(opened.at("t"), true), "abc");
  EXPECT_EQ(opened.Slug("t"), "bundle/opaque-dtype");
  EXPECT_EQ((*opened.reader)->ReadStrings(opened.at("t"), true).error().slug, "bundle/not-strings");
}

TEST(BundleReader, ReadsStringsOfAllLengths) {
  const std::vector<std::string> values = {
      "", std::string(127, 'a'), std::string(128, 'b'), std::string(70000, 'c'), "\x00\xff"s, ""};
  for (const bool big_endian : {false, true}) {
    TinyBundle bundle;
    bundle.AddFloats("first", {1}, {1}).AddStrings("s", {2, 3}, values);
    if (big_endian) bundle.SetBigEndian();
    const Opened opened(bundle);
    EXPECT_EQ((*opened.reader)->ReadStrings(opened.at("s"), true), values);
    EXPECT_EQ((*opened.reader)->ReadStrings(opened.at("s"), false), values);
    EXPECT_TRUE((*opened.reader)->ReadRaw(opened.at("s"), true));
    EXPECT_EQ(opened.Slug("s"), "bundle/opaque-dtype");
  }
}

TEST(BundleReader, HandsOutVariantsAsTheyAre) {
  TinyBundle bundle;
  bundle.AddVariants("v", {2}, {"first", std::string(300, 'x')}).AddVariants("none", {0}, {});
  const Opened opened(bundle);
  const auto raw = (*opened.reader)->ReadRaw(opened.at("v"), true);
  ASSERT_TRUE(raw) << raw.error().ToString();
  EXPECT_EQ(raw->size(), 1 + 5 + 4 + 2 + 300 + 4u);
  EXPECT_EQ(raw->substr(0, 6),
            "\x05"
            "first");
  EXPECT_EQ((*opened.reader)->ReadRaw(opened.at("none"), true), "");
}

TEST(BundleReader, SwapsBigEndianFiles) {
  TinyBundle bundle;
  bundle.Add("c", DType::kComplex64, {2}, BytesOf<std::complex<float>>({{1, 2}, {3, -4}}))
      .Add("h", DType::kBfloat16, {2}, BytesOf<std::uint16_t>({0x3f80, 0x4000}))
      .AddInt64s("i", {2}, {1, -2})
      .Add("z", DType::kComplex128, {1}, BytesOf<std::complex<double>>({{1, 2}}))
      .Add("b", DType::kBool, {2}, "\x01\x00"s)
      .SetBigEndian();
  const Opened opened(bundle);
  EXPECT_TRUE((*opened.reader)->big_endian());
  EXPECT_EQ(opened.Read("c"), BytesOf<std::complex<float>>({{1, 2}, {3, -4}}));
  EXPECT_EQ(opened.Read("h"), BytesOf<std::uint16_t>({0x3f80, 0x4000}));
  EXPECT_EQ(opened.Read("i"), BytesOf<std::int64_t>({1, -2}));
  EXPECT_EQ(opened.Read("z"), BytesOf<std::complex<double>>({{1, 2}}));
  EXPECT_EQ(opened.Read("b"), "\x01\x00"s);
  // In the file a number is the other way around.
  EXPECT_EQ((*opened.reader)->ReadRaw(opened.at("h"), true), "\x3f\x80\x40\x00"s);
}

TEST(BundleReader, ReadsSeveralShardsAndBlocks) {
  for (const bool snappy : {false, true}) {
    TinyBundle bundle;
    bundle.SetShards(3).SetBlockSize(200);
    if (snappy) bundle.SetSnappy();
    for (int i = 0; i < 60; ++i) {
      bundle.InShard(i % 3).AddFloats("layer_" + std::to_string(i), {2},
                                      {static_cast<float>(i), 0.5f});
    }
    const Opened opened(bundle);
    ASSERT_TRUE(opened.reader) << opened.reader.error().ToString();
    EXPECT_EQ((*opened.reader)->num_files(), 3);
    EXPECT_EQ((*opened.reader)->tensors().size(), 60u);
    for (int i = 0; i < 60; ++i) {
      EXPECT_EQ(opened.Read("layer_" + std::to_string(i)),
                BytesOf<float>({static_cast<float>(i), 0.5f}));
    }
  }
}

TEST(BundleReader, NamesTheMissingShard) {
  TinyBundle bundle;
  bundle.SetShards(2)
      .AddFloats("a", {1}, {1})
      .InShard(1)
      .AddFloats("b", {1}, {1})
      .AddFloats("c", {2}, {1, 2});
  auto content = bundle.Files("p");
  content.erase("p.data-00001-of-00002");
  const Opened opened(content);
  EXPECT_TRUE(opened.Read("a"));
  const auto read = opened.Read("b");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().slug, "bundle/shard-missing");
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read.error().file, "p.data-00001-of-00002");
  EXPECT_EQ(read.error().key, "b");
  EXPECT_THAT(read.error().details, ElementsAre(Error::Detail{"found", "p.data-00000-of-00002"},
                                                Error::Detail{"size", "at least 12 bytes"}));
}

TEST(BundleReader, ShowsTheDataFilesThatAreThere) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("regraft_bundle_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  const std::string prefix = (folder / "ckpt-1").string();
  TinyBundle().AddFloats("a", {1}, {1}).WriteTo(prefix);
  std::filesystem::rename(prefix + ".data-00000-of-00001", prefix + ".data-00000-of-00009");
  {
    const auto reader = BundleReader::Open(io::RealFiles(), prefix, {});
    ASSERT_TRUE(reader) << reader.error().ToString();
    std::vector<std::byte> out(4);
    const Status status = (*reader)->Read((*reader)->tensors()[0], out, true);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().ToString(), HasSubstr("ckpt-1.data-00000-of-00009"));
    // The file is found as soon as it is there, without opening again.
    std::filesystem::rename(prefix + ".data-00000-of-00009", prefix + ".data-00000-of-00001");
    EXPECT_TRUE((*reader)->Read((*reader)->tensors()[0], out, true));
  }
  std::filesystem::remove_all(folder);
}

TEST(BundleReader, SaysWhatDiffersFromTheChecksum) {
  auto content = TinyBundle().AddFloats("a", {2}, {1, 2}).AddFloats("b", {2}, {3, 4}).Files("p");
  content["p.data-00000-of-00001"][9] ^= 1;
  const Opened opened(content);
  EXPECT_TRUE(opened.Read("a"));
  EXPECT_TRUE(opened.Read("b", false));
  const auto read = opened.Read("b");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().slug, "bundle/checksum");
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(read.error().file, "p.data-00000-of-00001");
  EXPECT_EQ(read.error().offset, 8u);
  EXPECT_EQ(read.error().key, "b");
  EXPECT_THAT(read.error().hint, HasSubstr("copy it again"));
}

TEST(BundleReader, TakesAMissingChecksumForAWrongOne) {
  const auto without = [](auto& entry) {
    entry.crc32c = 0;
    entry.has_crc32c = false;
  };
  const Opened opened(TinyBundle()
                          .AddFloats("a", {2}, {1, 2})
                          .AddFloats("none", {0}, {})
                          .Edit("a", without)
                          .Edit("none", without));
  EXPECT_EQ(opened.Slug("a"), "bundle/checksum");
  EXPECT_EQ(opened.Slug("none"), "bundle/checksum");
  EXPECT_TRUE(opened.Read("a", false));
}

TEST(BundleReader, RefusesAShortDataFile) {
  auto content = TinyBundle().AddFloats("a", {2}, {1, 2}).AddFloats("b", {2}, {3, 4}).Files("p");
  content["p.data-00000-of-00001"].resize(15);
  const Opened opened(content);
  EXPECT_TRUE(opened.Read("a"));
  EXPECT_EQ(opened.Slug("b"), "bundle/truncated");
  EXPECT_EQ(opened.Read("b", false).error().slug, "bundle/truncated");
}

TEST(BundleReader, KnowsAGitLfsPointer) {
  auto content = TinyBundle().AddFloats("a", {100}, std::vector<float>(100)).Files("p");
  content["p.data-00000-of-00001"] =
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 400\n";
  const auto read = Opened(content).Read("a");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().hint, HasSubstr("git lfs pull"));
}

TEST(BundleReader, PassesOnWhateverReadFails) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2}).AddStrings("s", {1}, {"text"});
  bundle.AddSlice("p", DType::kInt32, {2}, {{0, 1}}, BytesOf<std::int32_t>({1}))
      .AddSlice("p", DType::kInt32, {2}, {{1, 1}}, BytesOf<std::int32_t>({2}));
  const testing::MemoryFiles memory(bundle.Files("p"));
  testing::FaultFiles files(memory, 0);
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader);
  const auto read = [&](const archive::StoredTensor& tensor) {
    std::vector<std::byte> out(8);
    if (tensor.key != "s") return (*reader)->Read(tensor, out, true);
    const auto strings = (*reader)->ReadStrings(tensor, true);
    return strings ? Status() : Status(Fail(strings.error()));
  };
  for (const archive::StoredTensor& tensor : (*reader)->tensors()) {
    std::uint64_t failed_reads = 0;
    for (std::uint64_t n = 1;; ++n) {
      files.FailAt(n);
      const Status status = read(tensor);
      if (!files.failed()) {
        EXPECT_TRUE(status);
        break;
      }
      ++failed_reads;
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().slug, "test/fault");
      EXPECT_EQ(status.error().key, tensor.key);
    }
    EXPECT_EQ(failed_reads, 1u);  // Slices that stand together are read together.
  }
  for (std::uint64_t n = 1;; ++n) {
    files.FailAt(n);
    const auto again = BundleReader::Open(files, "p", {});
    if (!files.failed()) break;
    EXPECT_EQ(again.error().slug, "test/fault");
  }
}

TEST(BundleReader, AllocatesNothingForTensorsThatAreNotThere) {
  // Each asks for more memory than any machine has.
  const std::int64_t huge = std::int64_t{1} << 60;
  TinyBundle bundle;
  bundle.Add("strings", DType::kString, {huge}, "")
      .Edit("strings", [&](auto& entry) { entry.size = huge + 4; })
      .Add("raw", DType{99}, {}, "")
      .Edit("raw", [&](auto& entry) { entry.size = huge; })
      .AddStringSlice("slices", {huge}, {{0, huge / 2}}, {})
      .AddStringSlice("slices", {huge}, {{huge / 2, huge / 2}}, {});
  for (const std::int64_t start : {std::int64_t{0}, huge / 2}) {
    bundle.Edit(EncodeSliceKey("slices", {{start, huge / 2}}),
                [&](auto& entry) { entry.size = huge; });
  }
  const Opened opened(bundle);
  for (const char* key : {"strings", "slices"}) {
    EXPECT_TRUE(opened.at(key).fault.empty());
    EXPECT_EQ((*opened.reader)->ReadStrings(opened.at(key), true).error().slug, "bundle/truncated");
  }
  EXPECT_EQ((*opened.reader)->ReadRaw(opened.at("raw"), true).error().slug, "bundle/truncated");
}

TEST(BundleReader, ChecksWhatIsStoredWithoutReading) {
  TinyBundle bundle;
  bundle.AddFloats("a", {2}, {1, 2})
      .AddFloats("bad", {2}, {1, 2})
      .Edit("bad", [](auto& entry) { entry.size = 4; })
      .AddFloats("cut", {2}, {3, 4})
      .AddFloats("empty", {0}, {})
      .SetShards(2)
      .InShard(1)
      .AddStrings("gone", {}, {"text"});
  auto content = bundle.Files("p");
  content.erase("p.data-00001-of-00002");
  content["p.data-00000-of-00002"].resize(20);
  const testing::MemoryFiles memory(content);
  const testing::CountingFiles files(memory);
  const auto reader = BundleReader::Open(files, "p", {});
  ASSERT_TRUE(reader);
  const std::uint64_t read = files.bytes_read();
  std::vector<std::string> slugs;
  for (const archive::StoredTensor& tensor : (*reader)->tensors()) {
    const Status status = (*reader)->CheckStored(tensor);
    slugs.push_back(tensor.key + " " + (status ? "" : status.error().slug));
    EXPECT_TRUE(status || status.error().key == tensor.key);
  }
  EXPECT_THAT(slugs, ElementsAre("a ", "bad bundle/size", "cut bundle/truncated", "empty ",
                                 "gone bundle/shard-missing"));
  EXPECT_EQ(files.bytes_read(), read);
}

TEST(BundleReader, IsReadFromManyThreads) {
  TinyBundle bundle;
  bundle.SetShards(4);
  for (int i = 0; i < 32; ++i) {
    bundle.InShard(i % 4).AddFloats(std::to_string(i), {1000}, std::vector<float>(1000, float(i)));
  }
  const Opened opened(bundle);
  std::vector<std::thread> threads;
  std::vector<int> failures(8, 0);
  for (std::size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 32; ++i) {
        const auto read = opened.Read(std::to_string(i));
        failures[t] += read != BytesOf(std::vector<float>(1000, float(i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(failures, ::testing::Each(0));
}

}  // namespace
}  // namespace regraft::bundle
